/*
 * Leadlight's consent banner: asks visitors whether their visits may be recorded, and tells the snippet (leadlight.consent). Served by
 * routes/banner.py as <script async src="https://…/b.js?s=<site key>"></script> beside a snippet with data-consent="wait"; minified by
 * deploy/build_snippet.py. No dependency.
 *
 * - It stores one thing, the choice with its time. A refusal is not asked again for six months, an agreement for twelve.
 * - Under Global Privacy Control or Do Not Track, and in the console's replay, it does not ask.
 * - Both buttons look the same. It takes no focus on page load; the first Tab key reaches it. Escape in it refuses.
 * - Any element with the attribute data-leadlight-choice opens it again, so that an agreement can be withdrawn. Then it takes the focus, and
 *   Escape closes it without a change.
 * - Its styles are a constructed style sheet in a shadow root and its texts are set as text: it needs no 'unsafe-inline' and no Trusted Types.
 * - Every failure is silent: the page is never affected, and without an answer nothing is recorded.
 */
(function (known) {
  "use strict";
  var w = window, d = document, n = navigator, CHOICE = "leadlight.choice", MONTH = 2629746e3;
  if ((w !== w.top && /^#?leadlight-replay/.test(w.name || location.hash)) || w.leadlightBanner) return;
  w.leadlightBanner = 1;
  // Title, text ({} is the company), decline, allow, link to the privacy policy.
  var TEXTS = {
    en: ["May we recognise your browser?", "{} would like to see which pages of this website you view and, if you come from one of our emails, that it is you. A random number is stored in your browser for this. You can change your choice at any time.", "Decline", "Allow", "Privacy policy"],
    de: ["Dürfen wir Ihren Browser wiedererkennen?", "{} möchte sehen, welche Seiten dieser Website Sie ansehen und, wenn Sie aus einer unserer E-Mails kommen, dass Sie es sind. Dafür wird eine zufällige Nummer in Ihrem Browser gespeichert. Sie können Ihre Wahl jederzeit ändern.", "Ablehnen", "Erlauben", "Datenschutzerklärung"],
    fr: ["Pouvons-nous reconnaître votre navigateur ?", "{} souhaite savoir quelles pages de ce site vous consultez et, si vous venez de l’un de nos e-mails, que c’est vous. Pour cela, un numéro aléatoire est enregistré dans votre navigateur. Vous pouvez changer d’avis à tout moment.", "Refuser", "Accepter", "Politique de confidentialité"],
    es: ["¿Podemos reconocer su navegador?", "{} desea saber qué páginas de este sitio web visita y, si llega desde uno de nuestros correos, que es usted. Para ello se guarda un número aleatorio en su navegador. Puede cambiar su elección en cualquier momento.", "Rechazar", "Permitir", "Política de privacidad"],
    it: ["Possiamo riconoscere il Suo browser?", "{} vorrebbe sapere quali pagine di questo sito visita e, se arriva da una delle nostre e-mail, che è Lei. A questo scopo nel Suo browser viene salvato un numero casuale. Può cambiare la Sua scelta in qualsiasi momento.", "Rifiuta", "Consenti", "Informativa sulla privacy"],
    pt: ["Podemos reconhecer o seu navegador?", "{} gostaria de saber que páginas deste site visita e, se vier de um dos nossos e-mails, que é você. Para isso, é guardado um número aleatório no seu navegador. Pode mudar a sua escolha a qualquer momento.", "Recusar", "Permitir", "Política de privacidade"],
    nl: ["Mogen we uw browser herkennen?", "{} wil graag zien welke pagina’s van deze website u bekijkt en, als u via een van onze e-mails komt, dat u het bent. Daarvoor wordt een willekeurig nummer in uw browser opgeslagen. U kunt uw keuze altijd wijzigen.", "Weigeren", "Toestaan", "Privacybeleid"]
  };
  var STYLE = ":host{all:initial}div{position:fixed;z-index:2147483647;left:16px;right:16px;bottom:16px;max-width:560px;max-height:80vh;" +
    "overflow:auto;box-sizing:border-box;margin:0 auto;padding:18px 20px;border:1px solid #c9ced6;border-radius:12px;background:#fff;" +
    "color:#1b1f26;font:15px/1.5 system-ui,sans-serif;box-shadow:0 6px 30px rgba(0,0,0,.18)}h2{margin:0 0 6px;font-size:16px}p{margin:0 0 12px;" +
    "overflow-wrap:anywhere}span{display:flex;flex-wrap:wrap;gap:10px;align-items:center}button{flex:1 1 130px;min-height:44px;padding:8px 16px;" +
    "border:1px solid #1b1f26;border-radius:8px;background:#1b1f26;color:#fff;font:inherit;font-weight:600;cursor:pointer}a{color:inherit}" +
    "button:focus-visible,a:focus-visible{outline:3px solid #2f6fed;outline-offset:2px}@media(prefers-color-scheme:dark){div{background:#1b1f26;" +
    "color:#f2f4f7;border-color:#4a515c}button{background:#f2f4f7;color:#1b1f26;border-color:#f2f4f7}}@media print{div{display:none}}";
  var host = null, opener = null;

  function safe(work) {
    return function (event) {
      try { return work(event); } catch (_) { /* the page comes first */ }
    };
  }

  function language() {
    var wanted = (n.languages || [n.language || ""]).map(function (tag) { return tag.slice(0, 2).toLowerCase(); });
    return wanted.filter(function (tag) { return TEXTS.hasOwnProperty(tag); })[0] || "en";
  }

  // The stored choice: true, false, or null where there is none or it is too old.
  function stored() {
    var found = /^(yes|no) (\d+)$/.exec(localStorage.getItem(CHOICE) || "");
    if (!found) return null;
    var age = Date.now() - found[2], yes = found[1] === "yes";
    return age < 0 || age > (yes ? 12 : 6) * MONTH ? null : yes;
  }

  // The snippet may load later: it reads what stands here.
  function tell(yes) {
    var api = w.leadlight;
    if (api && api.consent && api.consent.call) api.consent(yes);
    else w.leadlight = Object.assign(api || {}, { consent: yes });
  }

  function choose(yes) {
    close();
    tell(yes);
    localStorage.setItem(CHOICE, (yes ? "yes " : "no ") + Date.now());
  }

  function close() {
    if (host) host.remove();
    host = null;
    if (opener) opener.focus();
    opener = null;
  }

  function make(parent, tag, text) {
    var element = d.createElement(tag);
    element.textContent = text;
    return parent.appendChild(element);
  }

  function dress(root) {
    if (root.adoptedStyleSheets && w.CSSStyleSheet && CSSStyleSheet.prototype.replaceSync) {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } else make(root, "style", STYLE);
  }

  function company() {
    return known.company || location.hostname;
  }

  function show(from) {
    if (host) return;
    var lang = language(), texts = TEXTS[lang], root, box, foot, first, own;
    host = d.createElement("leadlight-banner");
    host.lang = lang;
    root = host.attachShadow({ mode: "open" });
    dress(root);
    box = make(root, "div", "");
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-labelledby", "t");
    box.setAttribute("aria-describedby", "x");
    make(box, "h2", texts[0]).id = "t";
    own = known.texts || {};
    own = (own[lang] || known.text || own[""] || "").replace(/\{company\}/g, company);
    make(box, "p", own || texts[1].replace("{}", company)).id = "x";
    foot = make(box, "span", "");
    first = make(foot, "button", texts[2]);
    first.onclick = safe(function () { choose(false); });
    make(foot, "button", texts[3]).onclick = safe(function () { choose(true); });
    if (known.link) make(foot, "a", texts[4]).href = known.link;
    box.onkeydown = safe(function (event) {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      if (opener && stored() !== null) close();
      else choose(false);
    });
    d.body.insertBefore(host, d.body.firstChild);
    opener = from || null;
    if (from) first.focus();
  }

  function start() {
    var choice = stored();
    if (choice !== null) tell(choice);
    else if (!n.globalPrivacyControl && n.doNotTrack !== "1" && w.doNotTrack !== "1") show();
    d.addEventListener("click", safe(function (event) {
      var link = event.target.closest && event.target.closest("[data-leadlight-choice]");
      if (!link) return;
      event.preventDefault();
      show(link);
    }));
    // A choice in another tab counts here too.
    w.addEventListener("storage", safe(function (event) {
      if (event.key !== CHOICE || stored() === null) return;
      close();
      tell(stored());
    }));
  }

  if (d.readyState === "loading") d.addEventListener("DOMContentLoaded", safe(start));
  else safe(start)();
})(__LEADLIGHT__);
