import { apiKey, fetchWithKey } from './api-key.mjs';

/**
 * Shows a picture of this server. An image element can't send a key, so with one the bytes are fetched. Not with the key
 * in the address: addresses end up in logs and histories.
 * @param {HTMLImageElement} image @param {string} address of the server, or one that the browser made
 */
export async function showPicture(image, address) {
  if (apiKey() === null || address.startsWith('blob:')) {
    image.src = address;
    return;
  }
  image.dataset.address = address;
  try {
    const response = await fetchWithKey(address);
    if (!response.ok) throw new Error(String(response.status));
    const made = URL.createObjectURL(await response.blob());
    // Another picture may have been wanted here meanwhile.
    if (image.dataset.address !== address) return URL.revokeObjectURL(made);
    const release = () => URL.revokeObjectURL(made);
    image.addEventListener('load', release, { once: true });
    image.addEventListener('error', release, { once: true });
    image.src = made;
  } catch {
    if (image.dataset.address === address) image.dispatchEvent(new Event('error'));
  }
}
