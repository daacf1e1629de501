// What is never told of a form's fields. A field that was a password once stays one: pages show passwords as text on demand.
var passwords = new WeakSet(), passwordNames = {};

function notePasswords() {
  [].forEach.call(d.querySelectorAll("input[type=password]"), function (field) {
    passwords.add(field);
    // Some pages replace the field by another one of the same name.
    if (field.name) passwordNames[field.name] = 1;
  });
}

function isPassword(field) {
  return field.type === "password" || passwords.has(field) || passwordNames[field.name] === 1 ||
    /password/.test(field.getAttribute("autocomplete"));
}

// Not even their names are told.
function isPrivate(field) {
  return field.closest("[data-private]") || /\bcc-|one-time-code/i.test(field.getAttribute("autocomplete"));
}

// A press or key comes before what the page does with it.
on(d, "pointerdown keydown focusin input", notePasswords);
safe(notePasswords)();
