import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { saturate } from '../bench/load.ts';
import { bundle } from '../support/build.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { startReplica } from '../support/replica.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describeEndToEnd('memory in a cluster', () => {
  let plane: ControlPlane;
  let sallyport: Installation;
  beforeAll(async () => {
    plane = await startControlPlane();
    sallyport = await install(plane, { set: ['mode=Enforce', 'drainDelaySeconds=0'] });
    await bundle(join(plane.dir, 'dist'));
    // What the bundle finds beside itself.
    for (const name of ['package.json', 'policies']) symlinkSync(join(root, name), join(plane.dir, name));
  }, 120_000);
  afterAll(async () => {
    await sallyport?.stop();
    await plane?.stop();
  });

  test('a replica that watches it holds 180 MB at most under load, half of it denied', async () => {
    const replica = await startReplica(await sallyport.arguments(), join(plane.dir, 'dist/launch.js'));
    await until('ready', () => replica.ready());
    await saturate(replica, 'both', '20000r');
    const metrics = await replica.metrics();
    await replica.end('SIGTERM');
    expect(metrics['sallyport_admission_requests_total{operation="CREATE",verdict="deny"}']).toBeGreaterThan(9_000);
    expect(metrics['process_resident_memory_bytes']).toBeLessThan(180e6);
  });
});
