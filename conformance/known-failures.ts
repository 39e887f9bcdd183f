/** Scenarios that fail by name, each with the reason why it does. */
export type KnownFailures = Readonly<Record<string, string>>

/** Of a modern client, whatever the server. */
export const ofModernClients: KnownFailures = {
  'tasks-required-task-error':
    'It wants a tool that runs only as a task to be refused to a client that takes none; Patchbay runs the task for it and gives the result (docs/mcp.md, "Tasks").',
}

const noTasks =
  'An old server begins no task of the extension, and Patchbay makes none of its calls: that is left to who serves (SEP-2663), and such a client gets the result (docs/mcp.md, "Tasks").'

/** Of a modern client with an old server. The list only shrinks: a scenario in it that passes fails the run, until it is taken out. */
export const ofCrossedTo2025: KnownFailures = {
  'input-required-result-basic-elicitation':
    'It wants the key "user_name". A request of the old era has an id and no key (2025-11-25, client/elicitation), so Patchbay makes the key.',
  ...Object.fromEntries(
    [
      'tasks-lifecycle',
      'tasks-capability-negotiation',
      'tasks-wire-fields',
      'tasks-request-state-removal',
      'tasks-mrtr-input',
      'tasks-request-headers',
      'tasks-dispatch-and-envelope',
      'tasks-mrtr-composition',
    ].map(name => [name, noTasks]),
  ),
}
