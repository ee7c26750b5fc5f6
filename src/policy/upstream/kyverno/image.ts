import { global, method } from '../../../cel/library/declare.ts';
import type { Overload } from '../../../cel/function.ts';
import { bool, opaque, string } from '../../../cel/type.ts';
import { CelError } from '../../../cel/value.ts';
import type { Opaque } from '../../../cel/value.ts';
import type { ImageReference } from '../../../kube/image.ts';
import { parseImage } from '../../../kube/image.ts';

const IMAGE = 'kyverno.image';
const imageType = opaque(IMAGE);

/** Kyverno's functions on image references; nothing is fetched. */
export const imageLibrary: readonly Overload[] = [
  global('image', [string], imageType, read),
  global('parseImageReference', [string], imageType, read),
  global('isImage', [string], bool, (text: string) => parseImage(text) !== null),
  method('containsDigest', [imageType], bool, ({ parts }: Image) => parts.digest !== null),
  method('registry', [imageType], string, ({ parts }: Image) => (parts.registry === 'docker.io' ? 'index.docker.io' : parts.registry)),
  method('repository', [imageType], string, ({ parts }: Image) => parts.repository),
  method('tag', [imageType], string, ({ parts }: Image) => parts.tag ?? ''),
  method('digest', [imageType], string, ({ parts }: Image) => parts.digest ?? ''),
  method('identifier', [imageType], string, ({ parts: { tag, digest } }: Image) => [tag, digest].filter((part) => part !== null).join('@')),
  method('identifierWithSeparator', [imageType], string, ({ parts: { tag, digest } }: Image) =>
    digest === null ? `:${tag ?? 'latest'}` : `@${digest}`,
  ),
];

class Image implements Opaque {
  readonly opaque = IMAGE;
  readonly parts: ImageReference;
  constructor(parts: ImageReference) {
    this.parts = parts;
  }

  equals(other: Opaque): boolean {
    return other instanceof Image && JSON.stringify(this.parts) === JSON.stringify(other.parts);
  }
}

function read(text: string): Image | CelError {
  const parts = parseImage(text);
  return parts === null ? new CelError(`could not parse reference: ${text}`) : new Image(parts);
}
