// What is never told of a form's fields. A field that was a password once stays one: pages show passwords as text on demand.
var passwords = new WeakSet(), passwordNames = {};

function notePassword(field) {
  passwords.add(field);
  // Some pages replace the field by another one of the same name.
  if (field.name) passwordNames[field.name] = 1;
}

function notePasswords() {
  [].forEach.call(d.querySelectorAll("input[type=password]"), notePassword);
}

function isPassword(field) {
  return field.type === "password" || passwords.has(field) || passwordNames[field.name] === 1 ||
    /password/.test(field.getAttribute("autocomplete"));
}

// Not even their names are told.
function isPrivate(field) {
  return field.closest("[data-private]") || /\bcc-|one-time-code/i.test(field.getAttribute("autocomplete"));
}

safe(function () {
  on(d, "pointerdown keydown focusin input", notePasswords);
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (/^password$/i.test(change.oldValue)) notePassword(change.target);
    });
  }).observe(d, { subtree: true, attributes: true, attributeFilter: ["type"], attributeOldValue: true });
  notePasswords();
})();
