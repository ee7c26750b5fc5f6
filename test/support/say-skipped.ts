import { present } from './control-plane.ts';

/** Set-up of a whole end-to-end run: where the tests cannot run, one line says so. */
export default function saySkipped(): void {
  if (!present)
    process.stderr.write('end-to-end tests skipped: KUBEBUILDER_ASSETS names no folder with etcd, kube-apiserver and kubectl\n');
}
