import { showPicture } from './thumbnail.mjs';
import { percent } from './words.mjs';

/** @typedef {import('./search-api.mjs').Result} Result */

/** @param {HTMLElement} grid @param {Result[]} results @param {(result: Result) => void} onPick */
export function showResults(grid, results, onPick) {
  grid.replaceChildren(...results.map((result) => card(result, onPick)));
}

/** Grey places where results will be. @param {HTMLElement} grid @param {number} places */
export function showPlaces(grid, places) {
  const ratios = [1.4, 0.8, 1.5, 1.1, 0.75];
  const items = Array.from({ length: places }, (_, at) => {
    const item = element('li', 'ghost');
    item.style.setProperty('--ratio', String(ratios[at % ratios.length]));
    return item;
  });
  grid.replaceChildren(...items);
}

/** The same picture for as long as the version is the same, so the browser may keep it. @param {Result} result */
export function thumbnailOf({ thumbnail, version }) {
  return `${thumbnail}?version=${version}`;
}

/** @param {Result} result @param {(result: Result) => void} onPick */
function card(result, onPick) {
  const item = element('li');
  const button = element('button', 'result');
  button.type = 'button';
  button.setAttribute('aria-label', `${result.imageId}, ${percent(result.score)} alike. Search by this picture.`);
  button.title = `Search by ${result.imageId}`;
  button.addEventListener('click', () => onPick(result));
  button.append(picture(result, item), caption(result));
  item.append(button);
  return item;
}

/** @param {Result} result @param {HTMLElement} item */
function picture(result, item) {
  const image = element('img');
  image.alt = '';
  image.draggable = false;
  image.addEventListener('load', () => {
    // Very long or tall pictures are cropped to keep the rows.
    const ratio = Math.min(2.6, Math.max(0.55, image.naturalWidth / image.naturalHeight));
    item.style.setProperty('--ratio', ratio.toFixed(4));
  });
  image.addEventListener('error', () => image.replaceWith(element('span', 'no-picture', 'No thumbnail')));
  void showPicture(image, thumbnailOf(result));
  return image;
}

/** @param {Result} result */
function caption({ imageId, score }) {
  const caption = element('span', 'caption');
  const meter = element('meter');
  meter.max = 1;
  meter.value = Math.max(0, score);
  meter.setAttribute('aria-hidden', 'true');
  const cosine = element('span', 'cosine', `cosine ${score.toFixed(4)}`);
  caption.append(element('span', 'percent', percent(score)), cosine, meter, element('span', 'name', imageId));
  return caption;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} [className] @param {string} [text]
 */
function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
