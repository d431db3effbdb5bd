import type { Sharp } from 'sharp';
import { sharp } from './image-library.js';

export interface PictureEdit {
  readonly name: string;
  /** Easy edits leave the picture's frame as it is, or nearly; hard ones take much of it away, turn it, or do several at once. */
  readonly kind: 'easy' | 'hard';
  /** @returns the edited picture as a JPEG */
  readonly apply: (picture: Buffer) => Promise<Buffer>;
}

interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of the quality that platforms save with, so that no edit is free of losses. */
const SAVED = { quality: 85 } as const;

/** What people do to pictures that they publish again, for measuring how well copies are found. Parts and sizes are shares of the picture's sides. */
export const PICTURE_EDITS: readonly PictureEdit[] = [
  easy('JPEG 30', (it) => it, 30),
  easy('JPEG 10', (it) => it, 10),
  easy('resized to 50 %', (it, { width, height }) => it.resize(half(width), half(height), { fit: 'fill' })),
  easy('resized to 25 %', (it, { width, height }) => it.resize(half(width / 2), half(height / 2), { fit: 'fill' })),
  easy('10 % wider', (it, { width, height }) => it.resize(Math.round(width * 1.1), height, { fit: 'fill' })),
  easy('brighter by 25 %', (it) => it.modulate({ brightness: 1.25 })),
  easy('darker by 25 %', (it) => it.modulate({ brightness: 0.75 })),
  easy('other saturation and hue', (it) => it.modulate({ saturation: 1.6, hue: 40 })),
  easy('grey', (it) => it.grayscale()),
  easy('blur 2', (it) => it.blur(2)),
  easy('crop to 80 %', cropTo({ left: 0.1, top: 0.1, width: 0.8, height: 0.8 })),
  easy('flipped', (it) => it.flip()),
  easy('flopped', (it) => it.flop()),
  easy('text', withText),
  hard('blur 4', (it) => it.blur(4)),
  hard('turned by 90°', (it) => it.rotate(90)),
  hard('turned by 180°', (it) => it.rotate(180)),
  hard('turned by 270°', (it) => it.rotate(270)),
  hard('middle half', cropTo({ left: 0.25, top: 0.25, width: 0.5, height: 0.5 })),
  hard('60 % corner', cropTo({ left: 0, top: 0.4, width: 0.6, height: 0.6 })),
  hard('square from the middle', cropToSquare),
  hard('white border', withBorder('#ffffff')),
  hard('black border', withBorder('#000000')),
  hard('covered strip', withStrip),
  hard('rotated by 3°', rotatedBy(3)),
  {
    name: 'crop to 80 %, recoloured, text, JPEG 40',
    kind: 'hard',
    apply: async (picture) => {
      const cropped = await saved(picture, cropTo({ left: 0.15, top: 0.05, width: 0.8, height: 0.8 }));
      const recoloured = await saved(cropped, (it) => it.modulate({ brightness: 1.15, saturation: 0.6, hue: 20 }));
      return saved(recoloured, withText, 40);
    },
  },
  {
    name: '60 % corner turned by 90°',
    kind: 'hard',
    apply: async (picture) => {
      const cropped = await saved(picture, cropTo({ left: 0.4, top: 0, width: 0.6, height: 0.6 }));
      return saved(cropped, (it) => it.rotate(90));
    },
  },
  {
    name: 'crop to 70 % flopped, JPEG 30',
    kind: 'hard',
    apply: async (picture) =>
      saved(await saved(picture, cropTo({ left: 0.3, top: 0.1, width: 0.7, height: 0.7 })), (it) => it.flop(), 30),
  },
  {
    name: 'crop to 80 % with a white border',
    kind: 'hard',
    apply: async (picture) =>
      saved(await saved(picture, cropTo({ left: 0, top: 0.1, width: 0.8, height: 0.8 })), withBorder('#ffffff')),
  },
];

type Change = (picture: Sharp, size: { readonly width: number; readonly height: number }) => Sharp;

function easy(name: string, change: Change, quality?: number): PictureEdit {
  return { name, kind: 'easy', apply: (picture) => saved(picture, change, quality) };
}

function hard(name: string, change: Change): PictureEdit {
  return { name, kind: 'hard', apply: (picture) => saved(picture, change) };
}

async function saved(picture: Buffer, change: Change, quality: number = SAVED.quality): Promise<Buffer> {
  const { data, info } = await sharp(picture).autoOrient().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return change(sharp(data, { raw: { width, height, channels } }), info)
    .jpeg({ quality })
    .toBuffer();
}

function half(side: number): number {
  return Math.max(1, Math.round(side / 2));
}

function cropTo({ left, top, width, height }: Part): Change {
  return (picture, size) =>
    picture.extract({
      left: Math.floor(left * size.width),
      top: Math.floor(top * size.height),
      width: Math.max(1, Math.floor(width * size.width)),
      height: Math.max(1, Math.floor(height * size.height)),
    });
}

function cropToSquare(picture: Sharp, { width, height }: { width: number; height: number }): Sharp {
  const side = Math.min(width, height);
  return picture.resize(side, side, { fit: 'cover' });
}

/** 10 % of the longer side all around. */
function withBorder(background: string): Change {
  return (picture, { width, height }) => {
    const wide = Math.round(Math.max(width, height) / 10);
    return picture.extend({ top: wide, bottom: wide, left: wide, right: wide, background });
  };
}

function withStrip(picture: Sharp, { width, height }: { width: number; height: number }): Sharp {
  const strip = { width, height: Math.max(1, Math.round(height / 5)), channels: 3, background: '#203040' } as const;
  return picture.composite([{ input: { create: strip }, left: 0, top: Math.floor(height * 0.7) }]);
}

/** White letters with a dark shadow over the lower third, as people write on pictures. */
function withText(picture: Sharp, { width, height }: { width: number; height: number }): Sharp {
  const box = { width: Math.ceil(width * 0.8), height: Math.ceil(height / 5) };
  const letters = (colour: string) => ({
    text: { text: `<span foreground="${colour}"><b>LOOK AT IT</b></span>`, font: 'sans', rgba: true, ...box },
  });
  const at = { left: Math.floor(width / 10), top: Math.floor(height * 0.7) };
  const aside = Math.ceil(height / 100);
  return picture.composite([
    { input: letters('black'), left: at.left + aside, top: at.top + aside },
    { input: letters('white'), ...at },
  ]);
}

function rotatedBy(degrees: number): Change {
  return (picture) => picture.rotate(degrees, { background: '#ffffff' });
}
