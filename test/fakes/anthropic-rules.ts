type Fields = Record<string, unknown>
type Block = Fields & { type: string }

/**
 * What the Messages API would refuse in a body, in our words; empty for a body that it takes. Written from the API's
 * documentation and error texts, and knows nothing of the code that writes bodies.
 */
export function faultsOf(body: Fields): string[] {
  const messages = (Array.isArray(body.messages) ? body.messages : []) as { role: string; content: unknown }[]
  const tools = (body.tools ?? []) as Fields[]
  return [
    ...(typeof body.model === 'string' && body.model !== '' ? [] : ['model: Field required']),
    ...(Number.isInteger(body.max_tokens) && Number(body.max_tokens) > 0 ? [] : ['max_tokens: Field required']),
    ...(messages.length > 0 ? [] : ['messages: at least one message is required']),
    ...(messages.length > 0 && messages[0]?.role !== 'user'
      ? ['messages: first message must use the "user" role']
      : []),
    ...unknownFields(body),
    ...messages.flatMap(messageFaults),
    ...messages.flatMap((_, index) => pairFaults(messages, index)),
    ...sameIds(messages),
    ...systemFaults(body.system),
    ...toolFaults(tools),
    ...choiceFaults(body, tools),
    ...thinkingFaults(body, messages),
    ...((body.stop_sequences as string[] | undefined) ?? [])
      .filter(text => text.trim() === '')
      .map(() => 'stop_sequences: each stop sequence must contain non-whitespace'),
  ]
}

const known = new Set([
  ...['model', 'messages', 'max_tokens', 'system', 'tools', 'tool_choice', 'stream', 'temperature', 'top_p', 'top_k'],
  ...['thinking', 'output_config', 'stop_sequences', 'metadata', 'service_tier', 'container', 'cache_control'],
  ...['mcp_servers', 'context_management', 'inference_geo', 'speed'],
])

function unknownFields(body: Fields): string[] {
  return Object.keys(body)
    .filter(name => !known.has(name))
    .map(name => `${name}: Extra inputs are not permitted`)
}

function blocksOf(content: unknown): Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : ((content ?? []) as Block[])
}

function messageFaults({ role, content, ...extra }: { role: string; content: unknown }, index: number): string[] {
  const at = `messages.${index}`
  const blocks = blocksOf(content)
  const firstOther = blocks.findIndex(({ type }) => type !== 'tool_result')
  return [
    ...(['user', 'assistant', 'system'].includes(role) ? [] : [`${at}: unexpected role "${role}"`]),
    ...Object.keys(extra).map(name => `${at}.${name}: Extra inputs are not permitted`),
    ...(blocks.length > 0 ? [] : [`${at}: all messages must have non-empty content`]),
    ...(firstOther >= 0 && blocks.slice(firstOther).some(({ type }) => type === 'tool_result')
      ? [`${at}: tool_result blocks must come first`]
      : []),
    ...blocks.flatMap((block, position) => blockFaults(block, role, `${at}.content.${position}`)),
  ]
}

const userBlocks = new Set(['text', 'image', 'document', 'search_result', 'tool_result', 'container_upload'])
const userOnly = new Set(['image', 'document', 'search_result', 'tool_result'])

function blockFaults(block: Block, role: string, at: string): string[] {
  const { type } = block
  if (role === 'user' && !userBlocks.has(type)) return [`${at}: a ${type} block may not come from the user`]
  if (role === 'assistant' && userOnly.has(type)) return [`${at}: a ${type} block may not come from the assistant`]
  switch (type) {
    case 'text':
      return String(block.text ?? '').trim() === ''
        ? [`${at}: text content blocks must contain non-whitespace text`]
        : []
    case 'thinking':
      return typeof block.signature === 'string' && block.signature !== ''
        ? []
        : [`${at}.thinking.signature: Field required`]
    case 'tool_use':
      return [
        ...(/^[a-zA-Z0-9_-]+$/.test(String(block.id)) ? [] : [`${at}.tool_use.id: should match pattern`]),
        ...(/^[a-zA-Z0-9_-]{1,128}$/.test(String(block.name)) ? [] : [`${at}.tool_use.name: should match pattern`]),
        ...(typeof block.input === 'object' && block.input !== null && !Array.isArray(block.input)
          ? []
          : [`${at}.tool_use.input: Input should be a valid dictionary`]),
      ]
    case 'tool_result': {
      const inner = blocksOf(block.content)
      return [
        ...inner.flatMap((part, position) => blockFaults(part, 'user', `${at}.content.${position}`)),
        ...(block.is_error === true && inner.some(part => part.type !== 'text')
          ? [`${at}: all content must be type "text" if "is_error" is true`]
          : []),
        ...(block.is_error === true && inner.length === 0
          ? [`${at}: content cannot be empty if is_error is true`]
          : []),
      ]
    }
    case 'image':
    case 'document':
      return typeof (block.source as Fields | undefined)?.type === 'string' ? [] : [`${at}.source: Field required`]
    default:
      return []
  }
}

/** Every call is answered in the next message, and every result answers a call of the message before. */
function pairFaults(messages: { role: string; content: unknown }[], index: number): string[] {
  const ids = (at: number, type: string, field: string): string[] =>
    blocksOf(messages[at]?.content)
      .filter(block => block.type === type)
      .map(block => String(block[field]))
  const calls = ids(index, 'tool_use', 'id')
  const answers = ids(index + 1, 'tool_result', 'tool_use_id')
  const results = ids(index, 'tool_result', 'tool_use_id')
  const asked = ids(index - 1, 'tool_use', 'id')
  return [
    ...calls.filter(id => !answers.includes(id)).map(id => `messages.${index}: tool_use ${id} without tool_result`),
    ...results.filter(id => !asked.includes(id)).map(id => `messages.${index}: unexpected tool_use_id ${id}`),
    ...(new Set(results).size === results.length ? [] : [`messages.${index}: each tool_use must have a single result`]),
    ...(messages[index]?.role === messages[index + 1]?.role ? [`messages.${index}: roles must alternate`] : []),
  ]
}

function sameIds(messages: { content: unknown }[]): string[] {
  const ids = messages
    .flatMap(({ content }) => blocksOf(content))
    .filter(({ type }) => type === 'tool_use')
    .map(({ id }) => id)
  return new Set(ids).size === ids.length ? [] : ['messages: `tool_use` ids must be unique']
}

function systemFaults(system: unknown): string[] {
  return blocksOf(system)
    .filter(block => block.type !== 'text' || String(block.text).trim() === '')
    .map(() => 'system: text content blocks must be non-empty')
}

function toolFaults(tools: Fields[]): string[] {
  const functions = tools.filter(tool => tool.type === undefined || tool.type === 'custom')
  const names = tools.map(tool => String(tool.name ?? tool.type))
  return [
    ...(new Set(names).size === names.length ? [] : ['tools: Tool names must be unique.']),
    ...functions.flatMap(({ name, input_schema: schema, description }) => [
      ...(/^[a-zA-Z0-9_-]{1,128}$/.test(String(name)) ? [] : [`tools.${name}: should match pattern`]),
      ...((schema as Fields | undefined)?.type === 'object'
        ? []
        : [`tools.${name}.input_schema.type: Input should be "object"`]),
      ...['oneOf', 'anyOf', 'allOf', '$ref']
        .filter(word => word in ((schema as Fields | undefined) ?? {}))
        .map(word => `tools.${name}.input_schema: does not support ${word} at the top level`),
      ...Object.keys(((schema as Fields | undefined)?.properties as Fields | undefined) ?? {})
        .filter(key => !/^[a-zA-Z0-9_.-]{1,64}$/.test(key))
        .map(key => `tools.${name}.input_schema.properties: "${key}" should match pattern`),
      ...(description === '' ? [`tools.${name}.description: must not be empty`] : []),
    ]),
  ]
}

function choiceFaults(body: Fields, tools: Fields[]): string[] {
  const choice = body.tool_choice as Fields | undefined
  if (choice === undefined) return []
  const isNamed = choice.type !== 'tool' || tools.some(tool => tool.name === choice.name)
  return [
    ...(tools.length > 0 ? [] : ['tool_choice may only be specified while providing tools']),
    ...(['auto', 'any', 'tool', 'none'].includes(String(choice.type)) ? [] : ['tool_choice.type: unknown']),
    ...(isNamed ? [] : [`tool_choice: Tool '${String(choice.name)}' not found in provided tools`]),
  ]
}

function thinkingFaults(body: Fields, messages: { role: string; content: unknown }[]): string[] {
  const thinking = body.thinking as Fields | undefined
  if (thinking === undefined || thinking.type === 'disabled') return []
  const choice = (body.tool_choice as Fields | undefined)?.type
  const budget = Number(thinking.budget_tokens)
  const isBudget = thinking.type === 'enabled'
  const hasResults = blocksOf(messages.at(-1)?.content).some(({ type }) => type === 'tool_result')
  const first = blocksOf(messages.findLast(({ role }) => role === 'assistant')?.content)[0]?.type
  return [
    ...(isBudget && budget < 1_024 ? ['thinking.budget_tokens: Input should be at least 1024'] : []),
    ...(isBudget && budget >= Number(body.max_tokens)
      ? ['max_tokens must be greater than thinking.budget_tokens']
      : []),
    ...(isBudget && (choice === 'any' || choice === 'tool')
      ? ['Thinking may not be enabled when tool_choice forces tool use.']
      : []),
    ...(isBudget && hasResults && !String(first).endsWith('thinking')
      ? ['Expected `thinking` or `redacted_thinking`, but found `tool_use`']
      : []),
    ...(body.temperature === undefined ? [] : ['temperature may only be set to 1 when thinking is enabled']),
  ]
}
