import sharp from 'sharp';

/**
 * Sharp as this project wants it; import it from here only. The settings are the process's.
 *
 * - Only the loaders of the accepted formats, from memory. SVG, PDF, ImageMagick and the rest cannot be reached even
 *   when the check of the content errs. Gain maps (UHDR) stay blocked too: such a JPEG is read as its plain picture.
 * - No operation cache: pictures are seen once, and the cache would grow with them.
 * - One libvips thread a picture: pictures go side by side instead, and reading ahead leaves the encoder its cores.
 *   A 500 × 375 JPEG costs 12 ms of CPU in all (2-core Xeon, 320 photos), so one lane makes about 80 pictures a second
 *   where the encoder takes 30 to 38.
 */
const ACCEPTED_LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((it) => `VipsForeignLoad${it}Buffer`);

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ACCEPTED_LOADERS });
sharp.cache(false);
sharp.concurrency(1);

export { sharp };
