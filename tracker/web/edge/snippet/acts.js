var CONTROLS = "a[href],area[href],button,summary,[type=button],[type=submit],[type=reset],[role=button],[role=link],[role=tab],[role=menuitem]";
// What a person may have typed, or what the page keeps to itself: never part of a text.
var UNREAD = "[data-private],input,textarea,select,[contenteditable],script,style";

// What stands on a link or button.
function words(node) {
  if (node.nodeType === 3) return node.data;
  if (node.nodeType !== 1 || node.matches(UNREAD)) return "";
  return node.alt || [].map.call(node.childNodes, words).join(node.nodeName === "A" || getComputedStyle(node).display === "inline" ? "" : " ");
}

function labelOf(control) {
  if (control.isContentEditable) return;
  var text = control.nodeName === "INPUT" ? control.getAttribute("value") : words(control);
  text = text.replace(/\s+/g, " ").trim() || control.getAttribute("aria-label") || control.title || "";
  // A page may show on a button what was typed into a field.
  [].forEach.call(d.querySelectorAll("input,textarea"), function (field) {
    var typed = field.value.trim();
    if (field !== control && typed.length > 2) text = text.split(typed).join("…");
  });
  return text.slice(0, 80) || undefined;
}

function clicked(event) {
  alive(event);
  if (!event.isTrusted || event.button > 1) return;
  var path = event.composedPath().filter(function (node) { return node.matches; });
  var control = path.find(function (node) { return node.matches(CONTROLS); });
  if (!control) return;
  var target = /^(https?|mailto|tel):/.test(control.href) ? told(control.href) : undefined;
  var isFile = target && (control.hasAttribute("download") ||
    /\.(pdf|docx?|xlsx?|pptx?|csv|zip|rar|7z|gz|dmg|exe|msi|apk|mp[34]|mov|avi|epub|ics|vcf)$/i.test(control.pathname));
  if (target && !isFile) carry(control);
  // The second click of a double click is no other one.
  if (control.closest("[data-private]") || event.detail > 1 || (page && page.acts++ > 99)) return;
  if (isFile) return put("download", { target: target });
  // A button that sends a form is told by the form.
  if ((target && control.host !== place.host) || (known.clicks !== false && !(control.form && control.type === "submit"))) {
    put("click", { target: target, text: labelOf(control) });
  }
}

function submitted(event) {
  var form = event.target, fields = {}, total = 0, asked = {};
  [].map.call(form.elements, function (field) {
    var name = field.name, type = field.type, secret = isPassword(field);
    if (/^(hidden|submit|button|reset|image|fieldset)$/.test(type) || isPrivate(field)) return;
    asked[secret ? "password " : type + " " + (name || field.id)] = 1;
    if (!name || secret || total >= 40 || type === "file") return;
    if (/pass|card|cvc|cvv|iban|ssn/i.test(name) || (/^(radio|checkbox)$/.test(type) && !field.checked)) return;
    total++;
    fields[name.slice(0, 100)] = known.fields.indexOf(name.toLowerCase()) < 0 ? "" : String(field.value).slice(0, 1000);
  });
  // Not form.id, form.name and form.action: these are fields where a field has that name.
  var id = form.getAttribute("id") || form.getAttribute("name") || "", action = form.getAttribute("action") || "";
  alive(event);
  noteSent(form, event.submitter);
  action = told(action);
  put("submit", measured({
    target: (id || action || "form").slice(0, 200), fields: fields,
    trusted: event.isTrusted && performance.now() - pressed < 5e3 || undefined,
    form: { id: id, action: action.split(/[?#]/)[0], fields: Object.keys(asked).slice(0, 30) }
  }));
}
