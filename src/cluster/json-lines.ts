import { StringDecoder } from 'node:string_decoder';
import { ClusterError } from './error.ts';
import type { Json } from '../kube/json.ts';

/** Characters of one line; etcd stores nothing as long as that. */
const MAX_LINE = 16 * 1024 * 1024;

/** The JSON values of a stream, one a line, wherever its chunks are split. Throws ClusterError `answer-unreadable`; a last line that is cut short is dropped. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Json> {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  for await (const chunk of chunks) {
    const parts = decoder.write(chunk).split('\n');
    for (const part of parts.slice(0, -1)) {
      const line = pending + part;
      pending = '';
      if (line.trim() !== '') yield parse(line);
    }
    pending += parts.at(-1) ?? '';
    if (pending.length > MAX_LINE) throw unreadable('a line without an end');
  }
}

function parse(line: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    // JSON.parse quotes the text, which may be anything.
    throw unreadable('a line that is not JSON');
  }
}

const unreadable = (what: string): ClusterError => new ClusterError('answer-unreadable', `a stream held ${what}`);
