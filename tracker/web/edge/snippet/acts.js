function clicked(event) {
  alive(event);
  var link = event.target.closest("a[href],area[href]");
  if (!link || !event.isTrusted || event.button > 1 || !/^(https?|mailto|tel):/.test(link.href)) return;
  var isFile = link.hasAttribute("download") ||
    /\.(pdf|docx?|xlsx?|pptx?|csv|zip|rar|7z|gz|dmg|exe|msi|apk|mp[34]|mov|avi|epub|ics|vcf)$/i.test(link.pathname);
  if (isFile) put("download", { target: told(link.href) });
  else if (link.host !== place.host) put("click", { target: told(link.href) });
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
