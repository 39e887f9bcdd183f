import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { ModelConfig } from '../../core/model.ts'
import type { LanguageModel } from './language-model.ts'

/** Imports a package by its name. @throws whatever the import throws */
export type ImportPackage = (name: string) => Promise<unknown>

type Factory = (settings: object) => unknown

/**
 * Makes the model of an entry: imports its package, which the operator has installed, and calls what the package makes
 * providers by: the export that `factory` names, or else the only one whose name begins with `create`.
 *
 * @throws GatewayError `PROVIDER_ERROR` with status 404, since no new try will do: it names the package and the remedy
 */
export async function loadModel(
  config: ModelConfig,
  importPackage: ImportPackage = importInstalled,
): Promise<LanguageModel> {
  const { package: name = '', settings = {}, apiKey, baseUrl, headers } = config
  const factory = findFactory(await importOrExplain(name, config, importPackage), config)
  const provider = await tryTo(config, () =>
    factory({
      ...settings,
      ...(apiKey !== undefined && { apiKey }),
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(Object.keys(headers).length > 0 && { headers }),
    }),
  )
  const model = await tryTo(config, () => {
    const { languageModel } = provider as { languageModel?: (id: string) => unknown }
    if (typeof languageModel === 'function') return languageModel.call(provider, config.model)
    return typeof provider === 'function' ? provider(config.model) : undefined
  })
  if (isModel(model)) return model
  throw unusable(
    config,
    `"${name}" gives no language model of the AI SDK (version 2, 3 or 4). Install a version that does.`,
  )
}

/** Where Patchbay was started, and then where it is installed itself. */
const importInstalled: ImportPackage = async name => {
  let path: string
  try {
    path = createRequire(join(process.cwd(), 'package.json')).resolve(name)
  } catch {
    return import(name)
  }
  return import(pathToFileURL(path).href)
}

async function importOrExplain(name: string, config: ModelConfig, importPackage: ImportPackage): Promise<object> {
  try {
    return (await importPackage(name)) as object
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND'
    const what = isAbsent ? 'is not installed' : `cannot be loaded (${messageOf(cause).slice(0, 120)})`
    throw unusable(config, `the package "${name}" ${what}. Run: npm install ${name}`, cause)
  }
}

function findFactory(loaded: object, config: ModelConfig): Factory {
  const exports = new Map<string, unknown>(Object.entries(loaded))
  const { package: name, factory: wanted } = config
  if (wanted !== undefined) {
    const chosen = exports.get(wanted)
    if (typeof chosen === 'function') return chosen as Factory
    throw unusable(config, `"${name}" exports no function "${wanted.slice(0, 60)}". Correct "factory".`)
  }
  const makers = [...exports].filter(([key, value]) => /^create[A-Z]/.test(key) && typeof value === 'function')
  // Packages keep older names of one function.
  const distinct = new Set(makers.map(([, value]) => value as Factory))
  const [only] = distinct
  if (only !== undefined && distinct.size === 1) return only
  const found = makers.length === 0 ? 'no function' : makers.map(([key]) => key).join(' and ')
  throw unusable(config, `"${name}" exports ${found.slice(0, 120)} to make a provider by. Say which in "factory".`)
}

async function tryTo(config: ModelConfig, make: () => unknown): Promise<unknown> {
  try {
    return await make()
  } catch (cause) {
    throw unusable(
      config,
      `"${config.package}" makes no model of these settings. Compare them with its documentation.`,
      cause,
    )
  }
}

function isModel(model: unknown): model is LanguageModel {
  if (!isObject(model)) return false
  const { specificationVersion: version, doGenerate, doStream } = model
  return /^v[234]$/.test(String(version)) && typeof doGenerate === 'function' && typeof doStream === 'function'
}

function unusable({ name }: ModelConfig, what: string, cause?: unknown): GatewayError {
  const message = `Model "${name}" cannot be used: ${what}`
  const error = { message, type: 'invalid_request_error', param: 'model', code: 'model_not_usable' }
  return new GatewayError('PROVIDER_ERROR', message, { cause, data: { status: 404, error } })
}
