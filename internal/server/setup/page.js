// The secret comes in the part of the link that browsers never send; it is taken out of the address at once.
const secret = document.getElementById("secret");
if (secret && location.hash.length > 1) {
  secret.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
