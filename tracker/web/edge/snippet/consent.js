function consent(yes) {
  if (yes) agreed = true;
  else {
    forget(false);
    remember(STORE, null);
    remember(SAVED, null);
    forgetSent();
  }
  if (!page) view();
}

function forget(refusal) {
  agreed = refusal;
  page = visitor = landing = handed = null;
  queue = [];
}

// Another tab withdrew the consent (0) or gave it again. A refusal in this tab (false) is not changed by another tab.
function heard(event) {
  if (event.key !== STORE || agreed === false) return;
  if (!event.newValue) forget(0);
  else if (agreed === 0) agreed = null;
}
