import autocannon from 'autocannon';
import { allowedReview, deniedReview } from './reviews.ts';

/**
 * Sends as fast as answers come, in a process of its own: `node saturate.ts PORT allowed|denied|both SECONDS|REQUESTSr`.
 * Prints `{ requests, seconds, failed }`.
 */
const [port = '', which = 'allowed', bound = '1'] = process.argv.slice(2);

const bodies = { allowed: [allowedReview], denied: [deniedReview], both: [allowedReview, deniedReview] }[which] ?? [];
const result = await autocannon({
  url: `https://127.0.0.1:${port}/validate?timeout=5s`,
  connections: 16,
  ...(bound.endsWith('r') ? { amount: Number.parseInt(bound, 10), duration: 600 } : { duration: Number(bound) }),
  requests: bodies.map((body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })),
});
console.log(JSON.stringify({ requests: result['2xx'], seconds: result.duration, failed: result.errors + result.timeouts + result.non2xx }));
