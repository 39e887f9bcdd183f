/** A difference that is meant: where it is (`case | path: ours | theirs`), and why. Each must be met at least once. */
export type Exception = Readonly<{ at: RegExp; why: string }>

/** What each wire writes otherwise than the AI SDK, judged one by one. */
export const exceptions: Readonly<Record<string, readonly Exception[]>> = {
  openai: [
    {
      at: /^a result with an image \| messages\[[234]\]/,
      why: 'The AI SDK writes its bytes into the text; we show it in a message of the user’s.',
    },
    {
      at: /^a cached system message \| messages\[0\]/,
      why: 'What callers of this wire say goes on; OpenAI caches by itself.',
    },
    {
      at: /\| (temperature|top_p|top_k|presence_penalty|frequency_penalty): .* \| -$/,
      why: 'The AI SDK knows which models refuse them and leaves them out; what callers of this wire say goes on, and OpenAI answers.',
    },
    {
      at: /^a system message \| messages\[0\]\.role/,
      why: 'OpenAI reads `system` as `developer` for models that reason.',
    },
    {
      at: /^a result that failed \| messages\[2\]\.content/,
      why: 'Other words for a failure: this wire has no field for it.',
    },
  ],
  generic: [
    {
      at: /^a result with an image \| messages\[[234]\]/,
      why: 'The AI SDK writes its bytes into the text; we describe it.',
    },
    { at: /^a cached system message \| messages\[0\]\.content/, why: 'OpenRouter and others read the breakpoint.' },
    {
      at: /^signed thinking before a call \| messages\[1\]\.thinking_blocks/,
      why: 'LiteLLM’s word, for endpoints behind which Claude stands.',
    },
    { at: /^top_k \| top_k: 4 \| -$/, why: 'Not among OpenAI’s parameters, and read by vLLM and others: it goes on.' },
    { at: /^a result that failed \| messages\[2\]\.content/, why: 'The AI SDK does not say that it failed.' },
  ],
  mistral: [
    { at: /^a cached system message \| messages\[0\]\.content/, why: 'What we do not know goes on; Mistral answers.' },
    {
      at: /^a result with an image \| messages\[[234]\]/,
      why: 'The AI SDK writes its bytes into the text; we show it in a message of the user’s.',
    },
    {
      at: /^signed thinking before a call \| messages\[1\]\.content/,
      why: 'Mistral does not ask for its thoughts back.',
    },
    {
      at: /\| messages\[\d\]\.content: "[^"]+" \| \[\{"type":"text"/,
      why: 'One text, as a string or as a list of one.',
    },
    { at: /\| messages\[\d\]\.name: - \| "(weather|ping)"$/, why: 'Optional; the id tells which call is answered.' },
    { at: /\| messages\[\d\]\.content: null \| ""$/, why: 'Mistral takes null beside calls.' },
    { at: /^top_k \| top_k: 4 \| -$/, why: 'What we do not know goes on; Mistral answers.' },
    { at: /\| tool_choice: "required" \| "any"$/, why: 'Mistral takes both words.' },
    {
      at: /\| response_format\.json_schema\.strict: true \| false$/,
      why: 'The AI SDK has no word for strict answers.',
    },
    { at: /^effort low \| reasoning_effort: "low" \| "high"$/, why: 'The caller’s word goes on; Mistral answers.' },
    { at: /^any JSON \| messages/, why: 'The AI SDK says in words what response_format says already.' },
    { at: /\| messages\[0\]\.content\[1\]\.image_url: /, why: 'Mistral takes an object or a string.' },
    { at: /^a PDF \| messages\[0\]\.content\[1\]\.document_name: "a.pdf" \| -$/, why: 'We keep the name of the file.' },
    {
      at: /^the user right after a result \| messages\[[34]\]/,
      why: 'Mistral refuses a user behind a tool (code 3230).',
    },
    { at: /^a result that failed \| messages\[2\]\.content/, why: 'The AI SDK does not say that it failed.' },
  ],
  anthropic: [
    {
      at: /\| max_tokens: \d+ \| 64000$/,
      why: 'Required by the API; each has a default of its own, documented in docs/llm.md.',
    },
    {
      at: /^a call and its result, without the tools \| (tools|tool_choice)/,
      why: 'The API refuses calls without tools.',
    },
    { at: /^effort \w+ \| thinking\.budget_tokens/, why: 'Each has budgets of its own for an effort.' },
    { at: /^a system message \| system/, why: 'One text, as a string or as a list of one.' },
  ],
  gemini: [
    {
      at: /^signed thinking before a call \| contents\[1\]\.parts\[[01]\]/,
      why: 'The signature is enough; thoughts are not sent back.',
    },
    { at: /\| generationConfig: - \| \{\}$/, why: 'Nothing is nothing.' },
    {
      at: /\| tools\[0\]\.functionDeclarations\[\d\]\.(parameters|parametersJsonSchema|description): /,
      why: 'Google’s subset of OpenAPI is taken by every version of both APIs; JSON Schema is not, nor is an empty description needed.',
    },
    {
      at: /\| contents\[\d\]\.parts\[\d\]\.function(Call|Response)\.id: - \|/,
      why: 'Older models and Vertex know no ids; results stand in the order of the calls.',
    },
    {
      at: /\.functionResponse\.response\.(name|output|content): /,
      why: 'Google documents `output` and `error`; the name stands beside it already.',
    },
    {
      at: /^effort \w+ \| generationConfig\.thinkingConfig\.thinkingLevel: "[A-Z]+"/,
      why: 'Google’s enum is in capitals.',
    },
    {
      at: /^effort \w+ \| generationConfig\.thinkingConfig\.includeThoughts/,
      why: 'Who asks for effort is told the thoughts.',
    },
    {
      at: /^parallel calls .*\| contents\[1\]\.parts\[1\]\.thoughtSignature: -/,
      why: 'Google signs the first of parallel calls alone.',
    },
    {
      at: /^(the user right after a result|two messages of the user) \| contents\[\d\]/,
      why: 'Neighbours of one role are one turn.',
    },
  ],
  bedrock: [
    {
      at: /\| additionalModelResponseFieldPaths: -/,
      why: 'Which stop sequence it was is asked for by the caller, if at all.',
    },
    { at: /\| system: - \| \[\]$/, why: 'Nothing is nothing.' },
    {
      at: /\| messages\[\d\]\.content\[\d\]\.toolResult\.status: "(success|error)" \| -$/,
      why: 'The AI SDK loses it.',
    },
    {
      at: /^a call and its result, without the tools \| (messages\[[12]\]|toolConfig): .* \| -$/,
      why: 'The AI SDK drops the calls; we name their tools, as the API wants.',
    },
    { at: /^tool_choice of a function \| toolConfig\.tools\[1\]: /, why: 'The other tools stay, for prompt caches.' },
    {
      at: /^top_k \| (inferenceConfig|additionalModelRequestFields): /,
      why: 'The service model knows no topK; it is a field of the model’s own.',
    },
    {
      at: /^JSON by a schema \| (outputConfig|additionalModelRequestFields): /,
      why: 'Converse has a field for it; the AI SDK uses that of Claude.',
    },
    {
      at: /^effort \w+ \| (inferenceConfig\.maxTokens|additionalModelRequestFields\.thinking\.budget_tokens): /,
      why: 'Each has budgets of its own for an effort.',
    },
  ],
}
