// Confidential parts of an address are removed before it is told: the same rule as tracker/links/confidential.py, where it is explained.
// A test compares both. `known.words` are the workspace's words, null if it wants addresses as they are. The values of GET forms go too:
// the names of their fields are known from the form that was sent in this tab, or from a form on the page that leads to it.
var MARK = "\u2026", SENT = "leadlight.get", mailed = 0, NESTING = /[\/?#&=]/;
var isKept = /^(utm_[^]*|[a-z]+clk?id|[gw]braid|gclsrc|gad_[a-z]+|li_fat_id|igshid|epik)$/i;

function cleaned(url) {
  return !known.words || isMailed(url) ? url : withoutParts(url);
}

function withoutParts(url, depth) {
  var found = /^([a-z][a-z0-9+.-]*:)?(\/\/[^\/?#]*)?([^?#]*)(\?[^#]*)?(#[^]*)?$/i.exec(url);
  var scheme = found[1] || "", path = found[3], query = found[4], fragment = found[5], deep = depth || 0;
  return scheme + (found[2] || "").replace(/^\/\/[^]*@/, "//" + MARK + "@") +
    (/^(mailto|tel|sms):$/i.test(scheme) ? path : ofPath(path, deep)) +
    (query ? "?" + ofQuery(query.slice(1), deep, !/^(https?:)?$/i.test(scheme)) : "") +
    (fragment ? "#" + ofFragment(fragment.slice(1), deep) : "");
}

function ofPath(path, depth) {
  return path.replace(/[^\/;&]+/g, function (piece) { return ofPair(piece, depth, true); });
}

// A piece without `=` belongs to the value before it.
function ofQuery(query, depth, isAll) {
  return query.split("&").map(function (part) {
    return part.split(/;(?=[^;]*=)/).map(function (pair) { return ofPair(pair, depth, false, isAll); }).join(";");
  }).join("&");
}

function ofFragment(fragment, depth) {
  if (/=/.test(fragment) && !/^!?\//.test(fragment)) return ofQuery(fragment, depth);
  var at = (fragment + "?").indexOf("?"), query = fragment.slice(at + 1);
  return ofPath(fragment.slice(0, at), depth) + fragment.slice(at, at + 1) + (query && ofQuery(query, depth));
}

function ofPair(pair, depth, inPath, isAll) {
  var at = (pair + "=").indexOf("="), name = pair.slice(0, at), value = pair.slice(at + 1), plain = decoded(name);
  if (/^=*$/.test(value)) {
    if (!hasRun(plain) && (plain === name || !holds(name, depth))) return pair;
    return MARK + ((inPath && /\.([a-z]{2,4}|mp[34]|7z)$/i.exec(name)) || [""])[0];
  }
  if (isKept.test(plain)) return pair;
  if (plain !== name && NESTING.test(plain) && holds(name + "=x", depth)) return MARK;
  return isAll || isListed(plain) || (inPath ? hasRun(decoded(value)) : sentFields()[plain.replace(/\+/g, " ")] === 1) || holds(value, depth) ? name + "=" + MARK : pair;
}

function holds(text, depth) {
  var plain = decoded(text);
  return NESTING.test(plain) && (depth > 4 || withoutParts(plain, depth + 1) !== plain);
}

function isListed(name) {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").toLowerCase()
    .split(/[^a-z\x80-\uffff]+/).some(function (word) {
      return known.words.indexOf(word) >= 0 || (/s$/.test(word) && known.words.indexOf(word.slice(0, -1)) >= 0);
    });
}

// Byte by byte, four times at most.
function decoded(text) {
  for (var i = 0; i < 4; i++) {
    text = text.replace(/%([0-9a-f]{2})/gi, function (_, code) { return String.fromCharCode(parseInt(code, 16)); });
  }
  return text;
}

function hasRun(text) {
  return (text.match(/[!"$%'-,.0-<>@-~]{16,}/g) || []).some(function (run) { return /[a-z]/i.test(run) && /\d/.test(run); });
}

function sentFields() {
  var names = {};
  try { names = JSON.parse(sessionStorage.getItem(SENT)) || {}; } catch (_) { /* storage is blocked */ }
  try {
    [].forEach.call(d.forms, function (form) {
      if (isGet(form) && new URL(form.getAttribute("action") || "", d.baseURI).pathname === place.pathname) addFields(form, names);
    });
  } catch (_) { /* not an address */ }
  return names;
}

function isGet(form, submitter) {
  return !/post|dialog/i.test((submitter && submitter.getAttribute("formmethod")) || form.getAttribute("method"));
}

function addFields(form, names) {
  [].forEach.call(form.elements, function (field) {
    if (field.name) names[unescape(encodeURIComponent(field.name))] = 1;
  });
}

function forgetSent() {
  try { sessionStorage.removeItem(SENT); } catch (_) { /* storage is blocked */ }
}

// Called when a form is sent, before the next page is shown.
function noteSent(form, submitter) {
  if (!known.words || !allowed() || !isGet(form, submitter)) return;
  var names = sentFields(), text;
  addFields(form, names);
  text = JSON.stringify(names);
  if (text.length < 5000) sessionStorage.setItem(SENT, text);
}

// The page that a mailed link leads to is told as it is, because a rep chose its address: the landing token ends with a mark of the page.
function isMailed(url) {
  var found = /^[\w-]{60}(?=\.)/.exec(landing || "");
  if (found) {
    mailed = 0;
    [].forEach.call(atob(found[0].replace(/-/g, "+").replace(/_/g, "/")).slice(41), function (byte) {
      mailed = mailed * 256 + byte.charCodeAt(0);
    });
  }
  return mailed && mailed === pageMark(url);
}

function pageMark(url) {
  var sum = 0;
  [].forEach.call(decoded(url.split("#")[0].replace(/^[a-z]+:\/\/[^\/?]*/i, "").replace(/\?$/, "")), function (letter) {
    sum = Math.imul(sum, 31) + letter.charCodeAt(0) | 0;
  });
  return sum >>> 0;
}
