import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { list, opaque, optional, string } from '../type.ts';
import { CelError, Optional } from '../value.ts';
import type { Opaque, Value } from '../value.ts';
import { costs, global, method } from './declare.ts';
import { namedFormats } from './named-formats.ts';
import type { NamedFormat } from './named-formats.ts';

const type = opaque('kubernetes.NamedFormat');

class Format implements Opaque {
  readonly opaque = 'kubernetes.NamedFormat';
  readonly format: NamedFormat;
  constructor(format: NamedFormat) {
    this.format = format;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Format ? this.format === other.format : new CelError('no such overload');
  }
}

/** Kubernetes' named formats: `format.dns1123Label().validate(name)` is none where the name is valid, else what is wrong with it. */
export const formats: readonly Overload[] = [
  global('format.named', [string], optional(type), named),
  ...Object.entries(namedFormats).map(([name, format]) => global(`format.${name}`, [], type, () => new Format(format))),
  method('validate', [type, string], optional(list(string)), validate, costs(validateCost)),
];

function named(name: string): Value {
  const format = Object.hasOwn(namedFormats, name) ? namedFormats[name] : undefined;
  return new Optional(format === undefined ? undefined : new Format(format));
}

function validate({ format }: Format, text: string): Value {
  const errors = format.validate(text);
  return new Optional(errors.length === 0 ? undefined : errors);
}

/** As a regular expression of that length. */
function validateCost([subject, text]: readonly Value[]): number {
  return traversal(1 + sizeOf(text ?? null)) * Math.ceil((subject as Format).format.regexSize * 0.25);
}
