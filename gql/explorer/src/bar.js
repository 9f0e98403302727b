// What both pages have at the top: their names, and the token that both send.
import './bar.css';

const STORAGE_KEY = 'sample-gateway:token';

export const config = JSON.parse(document.getElementById('config').textContent);

const field = document.getElementById('token');
const refusal = document.getElementById('refusal');

// The session's storage goes with the browser's tab, and both pages have it in common.
field.value = sessionStorage.getItem(STORAGE_KEY) ?? config.token;
field.addEventListener('input', () => sessionStorage.setItem(STORAGE_KEY, field.value));

document
  .querySelector(`#bar a[href="${location.pathname}"]`)
  ?.setAttribute('aria-current', 'page');

export function authorization() {
  const token = field.value.trim();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function onTokenChange(listener) {
  field.addEventListener('change', listener);
  return () => field.removeEventListener('change', listener);
}

export const isRefusal = status => status === 401 || status === 403;

// `message` is what the gateway has against the token; none if it takes it.
export function showRefusal(message = '') {
  field.setAttribute('aria-invalid', message !== '');
  refusal.textContent = message;
}
