/** Script of the HTML report: filters what the page already shows. Without it the page shows everything. */
export const script = `
'use strict';
const form = document.querySelector('form');
const items = [...document.querySelectorAll('[data-guardrail]')];
const holders = [...document.querySelectorAll('article, article ol > li')];
const texts = new Map();
const textOf = (item) => {
  if (!texts.has(item)) texts.set(item, (item.closest('article').querySelector('header').textContent + item.textContent).toLowerCase());
  return texts.get(item);
};
const fits = (item, wanted, words) =>
  Object.entries(wanted).every(([key, value]) => value === '' || item.dataset[key] === value) && words.every((word) => textOf(item).includes(word));
const apply = () => {
  const { text, ...wanted } = Object.fromEntries(new FormData(form));
  const words = text.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    item.hidden = !fits(item, wanted, words);
    if (!item.hidden) shown++;
  }
  for (const holder of holders) holder.hidden = !holder.querySelector('[data-guardrail]:not([hidden])');
  document.querySelector('output').textContent = shown + ' of ' + items.length + ' findings shown';
};
let next;
const soon = () => { cancelAnimationFrame(next); next = requestAnimationFrame(apply); };
form.addEventListener('input', soon);
form.addEventListener('reset', soon);
form.addEventListener('submit', (event) => event.preventDefault());
form.hidden = false;
apply();
`;
