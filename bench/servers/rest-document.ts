/** The OpenAPI document of the echo REST API: path, query and body, as a common operation has them. */
export const restDocument = {
  openapi: '3.1.0',
  info: { title: 'Echo', version: '1.0.0' },
  paths: {
    '/things/{id}/echo': {
      post: {
        operationId: 'echo',
        summary: 'Answers with what it was given.',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
          { name: 'lang', in: 'query', schema: { type: 'string' } },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { text: { type: 'string' }, times: { type: 'integer', minimum: 1 } },
                required: ['text'],
              },
            },
          },
        },
        responses: {
          200: {
            description: 'The echo.',
            content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
          },
        },
      },
    },
  },
} as const
