import { useEffect, useState } from 'preact/hooks';
import { placed } from './laid.js';
import { Picture, previewOf } from './picture.js';
import { nameOf, type Query, type Region } from './query.js';
import { refine } from './search-state.js';

/** Smaller rectangles are slips of the hand. Share of a side. */
const LEAST = 0.05;
const STEP = 0.05;
const MIDDLE: Region = { left: 0.25, top: 0.25, width: 0.5, height: 0.5 };

const within = (value: number, least: number, greatest: number) => Math.min(greatest, Math.max(least, value));

/**
 * The picture that is searched by, on which a part can be marked: dragged with mouse or finger, or with the keyboard (Enter begins, arrows
 * move, with Shift they resize, Enter searches, Escape leaves it).
 */
export function RegionPicture({ query }: { query: Query }) {
  const [drawn, setDrawn] = useState<Region | null>(query.region);
  const [from, setFrom] = useState<{ x: number; y: number } | null>(null);
  useEffect(() => setDrawn(query.region), [query]);
  const preview = previewOf(query.source);
  if (preview === null)
    return (
      <div class="searched-frame">
        <Picture address={null} class="searched-picture" />
      </div>
    );

  const at = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return {
      x: within((event.clientX - box.left) / box.width, 0, 1),
      y: within((event.clientY - box.top) / box.height, 0, 1),
    };
  };
  const done = () => {
    setFrom(null);
    if (from === null) return;
    if (drawn !== null && drawn.width >= LEAST && drawn.height >= LEAST) refine({ region: drawn });
    else setDrawn(query.region);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyed(event, drawn);
    if (event.key === 'Escape') setDrawn(query.region);
    else if (next !== null) setDrawn(next);
    else if (event.key === 'Enter' && drawn !== null && drawn !== query.region) refine({ region: drawn });
    else return;
    event.preventDefault();
  };
  return (
    <button
      type="button"
      class="searched-frame"
      aria-label={`${nameOf(query.source)}. Press Enter to mark a part, move it with the arrows, resize it with Shift and arrows, and press Enter to search by it.`}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(at(event));
      }}
      onPointerMove={(event) => {
        if (from !== null) setDrawn(between(from, at(event)));
      }}
      onPointerUp={done}
      onPointerCancel={() => {
        setFrom(null);
        setDrawn(query.region);
      }}
    >
      <Picture address={preview} class="searched-picture" />
      {drawn !== null && <Outline region={drawn} />}
    </button>
  );
}

const Outline = ({ region }: { region: Region }) => <span class="outline" style={placed(region)} />;

function between(a: { x: number; y: number }, b: { x: number; y: number }): Region {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

/** The region that a key makes of `region`; `null` when it makes none. */
function keyed({ key, shiftKey }: KeyboardEvent, region: Region | null): Region | null {
  if (region === null) return key === 'Enter' ? MIDDLE : null;
  const [x, y] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[key] ?? [
    0, 0,
  ];
  if (x === 0 && y === 0) return null;
  const { left, top, width, height } = region;
  if (shiftKey)
    return {
      left,
      top,
      width: within(width + (x ?? 0), STEP, 1 - left),
      height: within(height + (y ?? 0), STEP, 1 - top),
    };
  return { left: within(left + (x ?? 0), 0, 1 - width), top: within(top + (y ?? 0), 0, 1 - height), width, height };
}
