# frozen_string_literal: true

# The lab's application, weak or strict by SIDE; with GUARD=yes behind Batten::Middleware. Every operation keeps its key, so
# there is one policy for each key and place of the token.
require 'batten'

app, = Rack::Builder.parse_file(File.expand_path('../../lab/app/config.ru', __dir__))
Batten.logger = Logger.new(File::NULL)

module GuardedLab
  module_function

  def layers(app)
    Lab.operations.reject(&:open).group_by { |o| [o.key_name, o.place] }.flat_map do |(key, place), operations|
      layer = Batten::Middleware.new(app, policy: policy(key, place, operations))
      operations.map { |o| [Regexp.new("\\A#{o.path.gsub(/:\w+/, '[^/]+')}(?:\\z|[/.])"), layer] }
    end
  end

  def policy(key, place, operations)
    name = File.join(Lab.state, "guard-#{key}-#{place.tr(':', '-')}")
    kind, cookie = place.split(':')
    File.write("#{name}.key", key_text(key), perm: 0o600)
    issuer = { issuer: Lab::ISSUER, audiences: [Lab::AUDIENCE], algorithms: [operations.first.alg], keys: { file: "#{name}.key" }, typ: ['at+jwt'] }
    issuer[:token] = { cookie: cookie } if kind == 'cookie'
    routes = operations.map { |o| { path: o.path.gsub(/:\w+/, '*'), methods: [o.verb.to_s.upcase] } }
    File.write("#{name}.yml", JSON.generate(version: 1, issuers: [issuer], scopes: { claim: 'scopes', allow: ['read:data'] }, routes: routes))
    "#{name}.yml"
  end

  # The guessable secret is none that a policy takes: its operation gets the good one, as its fix says.
  def key_text(key)
    return Keys[key].public_pem if Keys[key].pkey

    key == :guessable ? Keys[:main].private_form : Keys[key].private_form
  end
end

if ENV['GUARD'] == 'yes'
  layers = GuardedLab.layers(app)
  run ->(env) { (layers.find { |path, _| path.match?(env['PATH_INFO']) }&.last || app).call(env) }
else
  run app
end
