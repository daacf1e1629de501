var CONTROLS = "a[href],area[href],button,summary,input[type=button],input[type=submit],input[type=reset],input[type=image]," +
  "[role=button],[role=link],[role=tab],[role=menuitem]";
// What a person may have typed, or what the page keeps to itself: never part of a text.
var UNREAD = "[data-private],input,textarea,select,[contenteditable],script,style,noscript,template";
var clickedLast = null, clickedAt = 0;

// What stands on a link or button.
function words(node) {
  if (node.nodeType === 3) return node.data;
  if (node.nodeType !== 1 || node.matches(UNREAD)) return " ";
  var inner = node.alt || [].map.call(node.childNodes, words).join("");
  return /^(A|B|I|EM|STRONG|SPAN|FONT|MARK)$/.test(node.nodeName) ? inner : " " + inner + " ";
}

function labelOf(control) {
  if (control.isContentEditable) return;
  var text = control.nodeName === "INPUT" ? control.getAttribute("value") || control.alt : words(control);
  text = (text || "").replace(/\s+/g, " ").trim() || (control.getAttribute("aria-label") || control.title || "").trim();
  // A page may show on a button what was typed into a field.
  [].slice.call(d.querySelectorAll("input,textarea"), 0, 200).forEach(function (field) {
    if (/^(button|submit|reset|image|checkbox|radio|hidden)$/.test(field.type) || field.value.trim().length < 3) return;
    text = text.split(field.value.trim()).join("…");
  });
  return text.slice(0, 80) || undefined;
}

function clicked(event) {
  alive(event);
  if (!event.isTrusted || event.button > 1) return;
  var path = event.composedPath().filter(function (node) { return node.matches; });
  var control = path.find(function (node) { return node.matches(CONTROLS); });
  if (!control) return;
  var isLink = /^(https?|mailto|tel):/.test(control.href), target = isLink ? told(control.href) : undefined;
  var isPrivate = path.some(function (node) { return node.hasAttribute("data-private"); });
  var isRepeated = control === clickedLast && performance.now() - clickedAt < 1e3;
  clickedLast = control;
  clickedAt = performance.now();
  var isFile = isLink && (control.hasAttribute("download") ||
    /\.(pdf|docx?|xlsx?|pptx?|csv|zip|rar|7z|gz|dmg|exe|msi|apk|mp[34]|mov|avi|epub|ics|vcf)$/i.test(control.pathname));
  if (isLink && !isFile) carry(control);
  if (isPrivate || isRepeated || (page && page.acts++ > 99)) return;
  if (isFile) return put("download", { target: target });
  // A button that sends a form is told by the form.
  if (!(isLink && control.host !== place.host) && (known.clicks === false || control.form && /^(submit|image)$/.test(control.type))) return;
  put("click", { target: target, text: labelOf(control) });
}

function submitted(event) {
  var form = event.target, fields = {}, total = 0, asked = {};
  [].map.call(form.elements, function (field) {
    var name = field.name, type = field.type, use = field.autocomplete + type, secret = /password/.test(use);
    if (/^(hidden|submit|button|reset|image|fieldset)$/.test(type)) return;
    asked[secret ? "password " : type + " " + (name || field.id)] = 1;
    if (!name || secret || total >= 40 || /^cc-|file$/.test(use)) return;
    if (/pass|card|cvc|cvv|iban|ssn/i.test(name) || (/^(radio|checkbox)$/.test(type) && !field.checked)) return;
    total++;
    fields[name.slice(0, 100)] = known.fields.indexOf(name.toLowerCase()) < 0 ? "" : String(field.value).slice(0, 1000);
  });
  // Not form.id, form.name and form.action: these are fields where a field has that name.
  var id = form.getAttribute("id") || form.getAttribute("name") || "", action = form.getAttribute("action") || "";
  alive(event);
  put("submit", measured({
    target: (id || action || "form").slice(0, 200), fields: fields,
    trusted: event.isTrusted && performance.now() - pressed < 5e3 || undefined,
    form: { id: id, action: action.split(/[?#]/)[0], fields: Object.keys(asked).slice(0, 30) }
  }));
}
