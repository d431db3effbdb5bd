import { useEffect, useState } from 'preact/hooks';
import { type Source } from './query.js';
import { apiKey, ask } from './server.js';

/** The same for as long as the version is the same, so the browser may keep it. */
export function thumbnailOf(imageId: string, version?: number | null): string {
  const path = `/v1/images/${encodeURIComponent(imageId)}/thumbnail`;
  return version === undefined || version === null ? path : `${path}?version=${version}`;
}

/** `null` of a link: pictures of other hosts are not asked for. */
export const previewOf = (source: Source): string | null =>
  source.kind === 'image' ? thumbnailOf(source.imageId) : source.kind === 'picture' ? source.preview : null;

interface PictureProps {
  /** Of this server, or one that the browser made. */
  readonly address: string | null;
  readonly alt?: string;
  readonly class?: string;
  readonly onRatio?: (ratio: number) => void;
}

/** A picture of this server. Nothing of the one before is shown while the picture of another address is on its way. */
export const Picture = (props: PictureProps) => <PictureOfAddress key={props.address} {...props} />;

/** An image element can't send a key, so with one the bytes are fetched. It is not put into the address: addresses end up in logs and histories. */
function PictureOfAddress({ address, alt = '', onRatio, ...rest }: PictureProps) {
  const [shown, setShown] = useState<string | null>(null);
  const [isMissing, setMissing] = useState(address === null);
  const key = apiKey.value;
  useEffect(() => {
    setMissing(address === null);
    if (address === null) return;
    if (key === null || address.startsWith('blob:')) return setShown(address);
    const stop = new AbortController();
    let made: string | null = null;
    fetched(address, stop.signal).then(
      (picture) => {
        if (stop.signal.aborted) return;
        made = URL.createObjectURL(picture);
        setShown(made);
      },
      () => setMissing(!stop.signal.aborted),
    );
    return () => {
      stop.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [address, key]);
  if (isMissing)
    return <span class={`no-picture ${rest.class ?? ''}`}>{address === null ? 'Link' : 'No thumbnail'}</span>;
  if (shown === null) return <span class={`no-picture ${rest.class ?? ''}`} />;
  return (
    <img
      src={shown}
      alt={alt}
      draggable={false}
      onError={() => setMissing(true)}
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => onRatio?.(naturalWidth / naturalHeight)}
      {...rest}
    />
  );
}

/** Its address is a path with everything in it already. A server that is busy is asked again. */
const fetched = (address: string, stop: AbortSignal): Promise<Blob> =>
  ask((server) => server.get(address as never, { parseAs: 'blob' } as never), stop);
