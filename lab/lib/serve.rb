# frozen_string_literal: true

require 'json'
require 'yaml'

# The lab for people and for other scanners; and the description of its API.
module Serve
  class << self
    def wait(sides)
      sides.each { |side| announce(side) }
      puts "\nCtrl-C stops both. Tokens live an hour: start the lab again for fresh ones."
      $stdout.flush
      sleep
    end

    # For batten scan --spec and every other tool that reads OpenAPI.
    def openapi(side)
      puts '# Written by lab/run --openapi.', YAML.dump(JSON.parse(JSON.generate(document(side.operations)))).delete_prefix("---\n")
      0
    end

    private

    def announce(side)
      first = side.operations.find { |operation| !operation['open'] }
      puts <<~TEXT

        the #{side.name} side, #{side.how}
          address      #{side.origin}
          operations   #{File.join(side.state, 'operations.json')} (path, good token, token of another user)
          signing keys #{File.join(side.state, 'keys')}
          try          curl -H 'Authorization: #{first['headers']['Authorization']}' #{side.origin}#{first['path']}
      TEXT
    end

    def document(operations)
      paths = operations.group_by { |o| o['template'].gsub(/:(\w+)/, '{\1}') }
      { openapi: '3.0.3',
        info: { title: 'Orders and builds', version: '1.0.0', description: 'The lab of batten: deliberately weak. Loopback only.' },
        servers: [{ url: '/' }], security: [{ bearer: [] }],
        paths: paths.transform_values { |rows| rows.to_h { |o| [o['method'].downcase, describe(o)] } },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
                                         session: { type: 'apiKey', in: 'cookie', name: 'session' } } } }
    end

    def describe(operation)
      parameters = (operation['parameters'] || {}).map do |name, example|
        inside = operation['template'].include?(":#{name}") ? 'path' : 'query'
        { name: name, in: inside, required: inside == 'path', schema: { type: 'string' }, example: example }
      end
      security = [] if operation['open']
      security = [{ session: [] }] if operation['headers'].key?('Cookie')
      { operationId: "#{operation['method'].downcase}#{operation['template']}".gsub(/\W+/, '_'), summary: operation['summary'],
        parameters: parameters.empty? ? nil : parameters, requestBody: body(operation), security: security, responses: responses(operation) }.compact
    end

    def body(operation)
      return unless operation['takes']

      properties = operation['takes'].transform_values { |facts| { type: 'string' }.merge(facts) }
      { required: true, content: { 'application/json' => { schema: { type: 'object', properties: properties },
                                                           example: JSON.parse(operation['body']) } } }
    end

    def responses(operation)
      done = { description: 'done' }
      if operation['fields']
        properties = operation['fields'].to_h { |name, type| [name, { type: type }] }
        done[:content] = { 'application/json' => { schema: { type: 'object', properties: properties } } }
      end
      { '200' => done, '401' => { description: 'no acceptable token' } }.slice(*(operation['open'] ? %w[200] : %w[200 401]))
    end
  end
end
