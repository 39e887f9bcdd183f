/** The echo tool: answers with its `text`, filled up to `resultBytes` where that is given. */
const echoTool = {
  name: 'echo',
  description: 'Answers with the text it was given.',
  inputSchema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      text: { type: 'string' },
      times: { type: 'integer', minimum: 1 },
      lang: { type: 'string' },
      resultBytes: { type: 'integer' },
    },
    required: ['id', 'text'],
  },
} as const

/**
 * Makes tools of about 1.3 kB each, as large as what GitHub's OpenAPI document gives on average.
 *
 * @returns `count` tools, the echo tool first
 */
export function syntheticTools(count: number): object[] {
  return [echoTool, ...Array.from({ length: count - 1 }, (_, index) => syntheticTool(index))]
}

function syntheticTool(index: number): object {
  const area = areas[index % areas.length] ?? ''
  return {
    name: `${area}_list_for_owner_${index}`,
    description: `Lists the ${area} of an owner. Answers with one page; follow \`page\` until it comes back empty. ${sentence}`,
    inputSchema: {
      type: 'object',
      properties: {
        owner: { type: 'string', description: 'The account owner. The name is not case sensitive.' },
        name: { type: 'string', description: `The name of the ${area}, without the extension.` },
        state: { type: 'string', enum: ['open', 'closed', 'all'], default: 'open', description: sentence },
        sort: { type: 'string', enum: ['created', 'updated', 'comments'], default: 'created' },
        labels: { type: 'array', items: { type: 'string' }, description: 'A list of label names.' },
        since: { type: 'string', format: 'date-time', description: sentence },
        per_page: { type: 'integer', default: 30, description: 'The number of results per page (max 100).' },
        page: { type: 'integer', default: 1, description: 'The page number of the results to fetch.' },
      },
      required: ['owner', 'name'],
    },
    annotations: { readOnlyHint: true, title: `List ${area} ${index}` },
  }
}

const areas = ['issues', 'pulls', 'releases', 'branches', 'secrets', 'runners', 'hooks', 'teams']

const sentence =
  'Only results that were changed after the given time are shown, in the form "YYYY-MM-DDTHH:MM:SSZ"; see the guide.'
