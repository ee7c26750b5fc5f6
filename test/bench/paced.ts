import { once } from 'node:events';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { allowedReview } from './reviews.ts';
import { percentile } from './statistics.ts';

/**
 * Sends at a fixed rate, in a process of its own: `node paced.ts PORT PER_SECOND SECONDS`. Prints `{ p50, p99, late }`, milliseconds.
 * Latency counts from the moment at which a request was due, so that a slow answer is not hidden by the requests it holds up;
 * autocannon sends a second's worth at once and pauses, which measures bursts. It spins instead of sleeping: timers are too coarse.
 */
const [port = '', perSecond = '1', seconds = '1'] = process.argv.slice(2);

const gap = 1000 / Number(perSecond);
const total = Math.floor(Number(perSecond) * Number(seconds));
const latencies = new Float64Array(total);
const body = JSON.stringify(allowedReview);
const head = `POST /validate?timeout=5s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
const message = Buffer.from(head + body);

const okLine = Buffer.from('HTTP/1.1 200');
const brace = '}'.charCodeAt(0);

const idle: TLSSocket[] = [];
const dueOf = new Map<TLSSocket, number>();
const sockets = await Promise.all(Array.from({ length: 16 }, open));
let sent = 0;
let done = 0;
let late = 0;
const start = performance.now() + 10;
await new Promise<void>((resolve) => send(resolve));
for (const socket of sockets) socket.destroy();
console.log(JSON.stringify({ p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), late: late / total }));

function send(finished: () => void): void {
  const now = performance.now();
  for (let due = start + sent * gap; due <= now && sent < total && idle.length > 0; due = start + sent * gap) {
    const socket = idle.pop();
    if (socket === undefined) break;
    if (now - due > 1) late++;
    dueOf.set(socket, due);
    socket.write(message);
    sent++;
  }
  if (done < total) setImmediate(send, finished);
  else finished();
}

async function open(): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true).on('data', (chunk: Buffer) => onData(socket, chunk));
  idle.push(socket);
  return socket;
}

/** An answer to an allowed review is far smaller than a TLS record, so it comes whole. */
function onData(socket: TLSSocket, chunk: Buffer): void {
  if (!chunk.subarray(0, 12).equals(okLine) || chunk.at(-1) !== brace) throw new Error(`unexpected answer: ${chunk.toString()}`);
  latencies[done++] = performance.now() - (dueOf.get(socket) ?? NaN);
  idle.push(socket);
}
