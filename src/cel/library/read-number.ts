/** An int as Go's ParseInt reads it with base 10. */
export function readInt(text: string): bigint | undefined {
  if (!/^[-+]?[0-9]{1,400}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** A uint as Go's ParseUint reads it with base 10: no sign at all. */
export function readUint(text: string): bigint | undefined {
  if (!/^[0-9]{1,400}$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asUintN(64, value) === value ? value : undefined;
}

/** A double as Go's ParseFloat reads it: `1_000.5`, `0x1.8p4`, `inf`, `NaN`; undefined also where it is too large. */
export function readDouble(text: string): number | undefined {
  if (/^nan$/i.test(text)) return NaN;
  if (/^[-+]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = decimal.test(text) ? Number(text.replaceAll('_', '')) : readHex(text);
  return value === undefined || Number.isFinite(value) ? value : undefined;
}

/** Digits with single underscores between them. */
const digits = '[0-9](?:_?[0-9])*';
const decimal = new RegExp(`^[-+]?(?:${digits}(?:\\.(?:${digits})?)?|\\.${digits})(?:[eE][-+]?${digits})?$`);
const hexDigits = '[0-9a-fA-F](?:_?[0-9a-fA-F])*';
const hex = new RegExp(`^([-+]?)0[xX]_?(${hexDigits})?(?:\\.(${hexDigits})?)?[pP]([-+]?${digits})$`);

function readHex(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', power = '0'] =
    hex.exec(text)?.map((part: string | undefined) => part?.replaceAll('_', '')) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const size = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(power) - 4 * fraction.length);
  return sign === '-' ? -size : size;
}
