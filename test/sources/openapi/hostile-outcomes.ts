/** What one hostile document must give. What is absent is not looked at. */
export type Outcome = Readonly<{
  /** The code of the refusal of the whole document. */
  refused?: string
  /** How many tools. */
  tools?: number
  /** The names that its tools would like to have, in order. */
  names?: readonly string[]
  /** Code and path of each operation that is skipped. */
  skipped?: readonly string[]
  /** Base URLs that can be used. */
  servers?: readonly string[]
  /** Part of a warning. */
  warning?: string
  /** Arguments of its first tool. */
  arguments?: readonly string[]
  /** What stands nowhere in its tools. */
  absent?: readonly string[]
}>

const noOperations = 'The document has no operation that can be called.'

/** By file name. The words of each row are in the file's name; a choice that the folder leaves open is pinned here. */
export const outcomes: Readonly<Record<string, Outcome>> = {
  '01-ref-http-internal.json': { tools: 0, skipped: ['REF_REMOTE /t'] },
  '02-ref-file.json': { tools: 0, skipped: ['REF_REMOTE /t'] },
  '03-ref-relative-file.json': { names: ['ok'], skipped: ['REF_REMOTE /t'] },
  '05-server-metadata.json': { names: ['meta'] },
  '06-server-scheme.json': { names: ['t'], servers: [], warning: 'set "baseUrl"' },
  '07-server-userinfo.json': { names: ['t'], servers: [], warning: 'holds a user or password' },
  '09-oauth-flow-urls.json': { tools: 1, absent: ['javascript:'] },
  '10-callbacks-links.json': { tools: 1, skipped: [] },
  '11-ref-self-cycle.json': { tools: 1 },
  '12-ref-recursive-tree.json': { tools: 1, skipped: [] },
  '13-ref-fanout-bomb.json': { tools: 1 },
  '14-allof-doubling.json': { tools: 1 },
  '16-yaml-billion-laughs.yaml': { refused: 'E_YAML_ALIASES' },
  '17-yaml-merge-key-dos.yaml': { refused: 'E_YAML_ALIASES' },
  '18-yaml-anchor-cycle.yaml': { refused: 'E_YAML_CYCLE' },
  '20-yaml-tags.yaml': { refused: 'E_YAML_TAG' },
  '21-yaml-norway-types.yaml': { tools: 1, skipped: [] },
  '23-json-proto-keys.json': { tools: 1, absent: ['ghost'] },
  '24-operation-id-zoo.json': { tools: 31, skipped: [] },
  '25-duplicate-operation-ids.json': { tools: 6, skipped: [] },
  '26-tool-shadowing.json': { names: ['github__create_issue'] },
  '28-header-param-injection.json': { tools: 1, warning: 'not for a caller to set', absent: ['Content-Length'] },
  '29-cookie-query-injection.json': { tools: 1 },
  '30-param-name-collisions.json': { tools: 1 },
  '32-redos-pattern.json': { tools: 1, skipped: [] },
  '33-schema-nonsense.json': { tools: 1, skipped: [] },
  '35-swagger2.json': { tools: 0, skipped: ['BODY_UNSUPPORTED /t'] },
  '36-prompt-injection-description.json': { tools: 1, absent: ['\u202e', '\u001b', '\u{e0041}'] },
  '38-content-types.json': { tools: 1 },
  '39-openapi31-webhooks.json': { tools: 0, warning: noOperations },
  '40-openapi32.json': {
    names: ['trace2', 'q'],
    skipped: ['METHOD_UNSUPPORTED /t', 'METHOD_UNSUPPORTED /t', 'METHOD_UNSUPPORTED /t'],
  },
  '41-invalid-utf8.json': { refused: 'E_ENCODING' },
  '43-truncated.json': { refused: 'E_SPEC_PARSE' },
  '44-html-instead.json': { refused: 'E_SPEC_HTML' },
  '46-empty.json': { refused: 'E_SPEC_EMPTY' },
  '47-just-null.yaml': { refused: 'E_SPEC_SHAPE' },
  // A parameter that is nowhere is left out with a warning; a body that is nowhere takes its operation with it.
  '49-ref-missing.json': {
    names: ['ok', 'schema_missing', 'param_missing', 'resp_missing', 'bad_pointer'],
    skipped: ['REF_MISSING /body'],
    warning: 'points to nothing',
  },
  '50-mutual-recursion.json': { tools: 1, skipped: [] },
  '51-operationid-extremes.json': { tools: 44, skipped: [] },
  '52-collide-three.json': { names: ['foo/list', 'foo.list', 'foo list'] },
  '55-missing-paths.json': { tools: 0, warning: noOperations },
  '56-missing-responses.json': { names: ['noresp', 'get_emptyop', 'badparams', 'nullparam', 'lower'] },
  '59-server-variables-bad.json': { tools: 3 },
  '61-enum-10000.json': { tools: 1 },
  '62-operations-5000.json': { tools: 5_000, skipped: [] },
  '64-openapi31-boolean-schemas.json': { tools: 1, skipped: [] },
  '65-swagger2-formdata-and-body.json': {
    names: ['ok'],
    skipped: ['BODY_UNSUPPORTED /both', 'BODY_UNSUPPORTED /twobodies'],
  },
  '67-utf16le-bom.json': { tools: 1, skipped: [] },
  '68-callbacks-only.json': { tools: 0, warning: noOperations },
  '70-invalid-json.json': { refused: 'E_SPEC_PARSE' },
}
