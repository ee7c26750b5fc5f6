/** Cases of the suite that we fail although the API server passes them, each with the reason. */
export const failing: Readonly<Record<string, string>> = {};
