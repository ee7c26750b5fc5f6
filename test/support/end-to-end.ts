import { describe } from '@jest/globals';
import { present } from './control-plane.ts';

if (!present) process.stderr.write('end-to-end tests skipped: KUBEBUILDER_ASSETS names no folder with etcd, kube-apiserver and kubectl\n');

/** `describe` where a control plane can be started; else `describe.skip`, and one line on stderr says why. */
export const describeEndToEnd = present ? describe : describe.skip;
