// Answers that no retry can change: once `isRefused` is set, nothing is sent any more.
var isRefused = false;

// Called with the status of every answer.
function answered(status) {
}
