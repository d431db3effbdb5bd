import { Transform } from 'class-transformer';
import { Allow, IsIn, IsInt, IsObject, IsString, Matches, Min } from 'class-validator';
import type { Attributes, AttributeValue } from '#core';
import { IfGiven } from '#nest';

/** As the JSON has it: class-transformer would copy it and lose names on the way. */
const AsGiven = () => Transform(({ obj, key }) => obj[key]);

/** A picture that is in the blob store already, or that a link leads to. */
export class PictureBody {
  /** Checked by the core, as `attributes` is. */
  @Allow()
  imageId?: string;

  /** `blob:` and the SHA-256 of a picture that was uploaded before, or an `https:`, `http:` or `s3:` link. */
  @IsString()
  uri!: string;

  @IfGiven()
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 lowercase hex digits' })
  sha256?: string;

  @IfGiven()
  @IsInt()
  @Min(0)
  sizeBytes?: number;

  @IfGiven()
  @Matches(/^image\/[a-z0-9.+-]{1,100}$/, { message: 'mediaType must be that of a picture, such as image/jpeg' })
  mediaType?: string;

  @Allow()
  @AsGiven()
  attributes?: Attributes;
}

export class PatchBody {
  /** `null` removes one. */
  @IsObject({ message: 'attributes must be a JSON object' })
  @AsGiven()
  attributes!: Readonly<Record<string, AttributeValue | null>>;
}

export const BULK_OPS = ['add', 'update', 'delete'] as const;

/** `op` alone, to know by which class the rest of the line goes. */
export class BulkOp {
  @IfGiven()
  @IsIn(BULK_OPS)
  op?: (typeof BULK_OPS)[number];
}

export class BulkDelete extends BulkOp {
  @Allow()
  imageId?: string;
}

export class BulkPicture extends PictureBody {
  @IfGiven()
  @IsIn(BULK_OPS)
  op?: 'add' | 'update';
}
