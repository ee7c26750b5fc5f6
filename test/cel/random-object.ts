/** What random expressions are judged against: `dyn` leaves of the grammar read these fields, which are of any type or absent. */
export const objects: readonly string[] = [
  '{"i":3,"j":-2,"s":"hello","t":"world","d":2.5,"w":3.0,"b":true,"n":null,"ints":[3,1,2],"strings":["b","a"],"list":[1,"a",true,null,2.5],"map":{"k":1},"deep":{"a":{"b":[{"c":1},{"c":"x"}]}}}',
  '{"i":0,"j":9223372036854775807,"s":"","t":"ünï𝒳","d":-0.5,"w":1e3,"b":false,"ints":[],"strings":[],"list":[],"map":{},"deep":{}}',
  '{"i":"3","s":5,"d":1,"b":"true","ints":[1,"2",3.0],"strings":["a",1],"list":[[1],[2,[3]]],"map":{"k":{"k":"v"}},"deep":{"a":null}}',
  '{"i":2.0,"j":-9223372036854775808,"s":"10.0.0.1","t":"1Gi","d":1.5e300,"b":null,"ints":[9223372036854775807,1],"strings":["x","x",""],"list":[null,null],"map":{"k":null},"deep":{"a":{"b":[]}}}',
  '{"i":1,"j":1,"s":"2024-02-29T12:00:00Z","t":"1h30m","d":0.1,"w":100000000000000000000.0,"b":true,"ints":[1,1,2],"strings":["1","22","333"],"list":[{"a":1},{"a":1}],"map":{"k":true},"deep":{"a":{"b":[{"c":null}]}}}',
  '{"i":null,"ints":null,"strings":"abc","list":{"0":1},"map":["k"],"deep":{"a":{"b":{"c":1}}}}',
  'null',
];
