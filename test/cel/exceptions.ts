const keys = 'the API server takes anything for a key of a map, and finds what is not text, bool or a whole number again only at times';
const messages = 'messages of protocol buffers: the API server knows the well-known ones, which no policy makes';
const refused = 'a policy whose variable does not compile is refused when it is loaded';
const whole = 'all variables together are no value that a policy could use';
const later = 'declared from Kubernetes 1.37 on';

/** Expressions of the tables that we answer otherwise, each with the reason. */
export const exceptions: ReadonlyMap<string, string> = new Map([
  ["{null: 'x'}", keys],
  ["{[1]: 'x'}", keys],
  ["{dyn(1): 'a', dyn(1u): 'b'}", keys],
  ['{object.spec.containers: 1}', keys],
  ["dyn({1: 'a'}) == dyn({1.0: 'a'})", keys],
  ['google.protobuf.Int32Value{value: 1}', messages],
  ['google.protobuf.Timestamp{seconds: 1}', messages],
  ['google.protobuf.Struct{fields: {}}', messages],
  ['[1, 2].includes(1)', later],
  ['object.spec.ints.includes(1)', later],
  ['variables', whole],
  ['type(variables)', whole],
  ['variables == variables', whole],
  ['variables.broken', refused],
  ['variables.forward', refused],
]);
