import { Type } from 'typebox';

/** Param of the checks that Pod Security drops for Windows pods from v1.25 on: the field does not exist there (KEP-2802). */
export const exemptWindows = Type.Boolean({
  default: true,
  description: 'Pass pods whose spec.os.name is "windows", where the field does not exist.',
});

/** Param of the checks that Pod Security relaxes from v1.35 on for pods with hostUsers: false (KEP-127). */
export const exemptUserNamespaces = Type.Boolean({
  default: true,
  description: 'Pass pods with spec.hostUsers: false, whose root is nobody on the node.',
});
