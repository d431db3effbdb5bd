/** One file of weights as its manifest names it. The hash decides what it is; the addresses only say where to look. */
export interface ModelFile {
  /** Its name in the models folder: one path part of letters, digits, `.`, `_` and `-`. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Lowercase hex SHA-256. */
  readonly sha256: string;
  /** http or https, tried in this order after the mirrors. */
  readonly urls: readonly string[];
  /** The weights' licence, by its SPDX name where it has one. */
  readonly licence: string;
  /** Whom the licence asks to name. */
  readonly authors: string;
  /** The page that describes the weights. */
  readonly source: string;
}
