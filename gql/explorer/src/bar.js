// What both pages have at the top: their names, and the token that both send.
import './bar.css';

const STORAGE_KEY = 'sample-gateway:token';

export const config = JSON.parse(document.getElementById('config').textContent);

const field = document.getElementById('token');
const keep = document.getElementById('keep');
const refusal = document.getElementById('refusal');

// The session's storage goes with the browser's tab, and both pages have it in common.
const kept = localStorage.getItem(STORAGE_KEY);
keep.checked = kept !== null;
field.value = kept ?? sessionStorage.getItem(STORAGE_KEY) ?? config.token;
field.addEventListener('input', store);
keep.addEventListener('change', store);

function store() {
  forget();
  (keep.checked ? localStorage : sessionStorage).setItem(STORAGE_KEY, field.value);
}

function forget() {
  localStorage.removeItem(STORAGE_KEY);
  sessionStorage.removeItem(STORAGE_KEY);
}

document
  .querySelector(`#bar a[href="${location.pathname}"]`)
  ?.setAttribute('aria-current', 'page');

// Pasted from a header it begins with the scheme.
export const currentToken = () => field.value.trim().replace(/^Bearer\s+/i, '');

export const authorization = (token = currentToken()) =>
  token ? { Authorization: `Bearer ${token}` } : {};

export function onTokenChange(listener) {
  field.addEventListener('change', listener);
  return () => field.removeEventListener('change', listener);
}

// As at a first visit.
export function forgetToken() {
  forget();
  keep.checked = false;
  field.value = config.token;
  field.dispatchEvent(new Event('change'));
  showRefusal();
}

export const isRefusal = status => status === 401 || status === 403;

// `message` is what the gateway has against the token; none if it takes it.
export function showRefusal(message = '') {
  field.setAttribute('aria-invalid', message !== '');
  refusal.textContent = message;
}
