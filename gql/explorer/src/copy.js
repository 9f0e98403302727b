// Only pages over HTTPS or of this machine have the clipboard.
export async function copy(text) {
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else prompt('Copy this text:', text);
}
