import { isUtf8 } from 'node:buffer';
import type { ReportError } from '../../report/report.ts';
import { positions } from '../../yaml/position.ts';

/** Text of a file, or why it is none: a byte that a reader replaces in silence could hide what kubectl sees. */
export function decode(file: string, bytes: Buffer): { text: string } | ReportError {
  const other = marks.find(({ mark }) => bytes.subarray(0, mark.length).equals(mark));
  if (other) return at(file, bytes, 0, `the file is ${other.encoding}; save it as UTF-8`);
  const nul = bytes.indexOf(0);
  if (nul !== -1) return at(file, bytes, nul, `this is a binary file: byte ${nul} is zero`);
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return { text };
  const bad = firstDifference(bytes, Buffer.from(text));
  return at(file, bytes, bad, `byte ${bad} (0x${bytes[bad]?.toString(16)}) is not UTF-8; save the file as UTF-8`);
}

const marks = [
  { encoding: 'UTF-32', mark: Buffer.from([0xff, 0xfe, 0, 0]) },
  { encoding: 'UTF-32', mark: Buffer.from([0, 0, 0xfe, 0xff]) },
  { encoding: 'UTF-16', mark: Buffer.from([0xff, 0xfe]) },
  { encoding: 'UTF-16', mark: Buffer.from([0xfe, 0xff]) },
];

/** What could not be decoded comes back as U+FFFD, so the first byte that differs is the first bad one. */
function firstDifference(a: Buffer, b: Buffer): number {
  const index = a.findIndex((byte, offset) => byte !== b[offset]);
  return Math.max(index, 0);
}

function at(file: string, bytes: Buffer, offset: number, message: string): ReportError {
  const before = bytes.toString('utf8', 0, offset);
  return { file, ...positions(before)(before.length), message };
}
