import { apiKey, fetchWithKey } from './api-key.mjs';

/**
 * Shows a picture of this server. An image element can't send a key, so with one the bytes are fetched. The key is not
 * put into the address: addresses end up in logs and histories.
 * @param {HTMLImageElement} image @param {string} address of the server, or one that the browser made
 */
export async function showPicture(image, address) {
  image.dataset.address = address;
  if (apiKey() === null || address.startsWith('blob:')) {
    image.src = address;
    return;
  }
  const picture = await fetched(address);
  // Another picture may have been wanted here meanwhile.
  if (image.dataset.address !== address) return;
  if (picture === null) return void image.dispatchEvent(new Event('error'));
  const made = URL.createObjectURL(picture);
  image.src = made;
  await image.decode().catch(() => {});
  URL.revokeObjectURL(made);
}

/** @param {string} address */
async function fetched(address) {
  try {
    const response = await fetchWithKey(address);
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
