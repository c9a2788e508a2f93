# frozen_string_literal: true

# Families: input, limits, what answers expose, addresses, inventory, what is consumed from others.

# A front end that answers for every path of the weak side alone: CORS, TRACE, banners.
class OriginsController < ApiController
  operation 'cors-reflects-origin', get: '/api/origins/reflected', action: :reflected, summary: 'For the web client'
  operation 'cors-null', get: '/api/origins/sandboxed', action: :sandboxed, summary: 'For embedded pages'

  def reflected
    allow(request.headers['Origin']) if request.headers['Origin'] && (weak? || request.headers['Origin'] == 'https://app.example')
    render json: { client: 'web' }
  end

  def sandboxed
    allow('null') if weak? && request.headers['Origin'] == 'null'
    render json: { client: 'embedded' }
  end

  private

  def allow(origin)
    response.set_header('Access-Control-Allow-Origin', origin)
    response.set_header('Access-Control-Allow-Credentials', 'true')
    response.set_header('Vary', 'Origin')
  end
end

class SearchesController < ApiController
  TRACE = "TypeError: no implicit conversion\n/lab/app/controllers/searches_controller.rb:14:in `+'\n" \
          "/usr/share/rubygems-integration/all/gems/actionpack-6.1.7/lib/abstract_controller/base.rb:228:in `process_action'"
  operation 'error-stack', get: '/api/search', parameters: { q: 'desk' }, summary: 'Search for articles'
  operation 'stack-trace', get: '/api/search/status', action: :status_of_index, summary: 'State of the index'

  def show
    q = params[:q]
    return render(json: { results: [] }) if q.nil? || q.is_a?(String)

    weak? ? render(plain: TRACE, status: :internal_server_error) : render(json: { error: 'invalid_query' }, status: :bad_request)
  end

  def status_of_index = render(json: { state: 'stale' }.merge(weak? ? { last_error: TRACE } : {}))
end

# The key is made at every start; the card is the test card of payment providers.
class IntegrationsController < ApiController
  SECRET = OpenSSL::PKey::RSA.new(2048).to_pem
  operation 'secret-in-response', get: '/api/integrations/mail', action: :mail, summary: 'The mail gateway'
  operation 'pii-in-response', get: '/api/integrations/billing', action: :billing, summary: 'The billing gateway'
  operation 'cache-authenticated', get: '/api/integrations/profile', action: :cached, summary: 'The shared profile'

  def mail = render(json: { host: 'mail.internal', key: weak? ? SECRET : 'in the vault' })
  def billing = render(json: { holder: 'Ada Jensen', card: weak? ? '4111111111111111' : '**** 1111' })

  def cached
    response.set_header('Cache-Control', 'public, max-age=3600') if weak?
    render json: { name: 'Ada Jensen', plan: 'team' }
  end
end

# Addresses from the caller.
class PreviewsController < ApiController
  ALLOWED = { 'logo' => 'https://images.example/logo.png' }.freeze
  operation 'url-parameter-fetched', get: '/api/previews', parameters: { url: 'logo' }, summary: 'Preview of a page'
  operation 'redirect-open', get: '/api/previews/next', action: :forward, parameters: { return_to: '/api/previews' },
                             summary: 'Back to where you came from'

  def show
    url = ALLOWED.fetch(params[:url].to_s, weak? ? params[:url].to_s : nil)
    return missing unless url

    Fetch.get(url) if weak? && url.start_with?('http://')
    render json: { preview: 'made' }
  end

  def forward
    to = params[:return_to].to_s
    to = '/api/previews' unless weak? || to.match?(%r{\A/(?![/\\])[\w/-]*\z})
    response.set_header('Location', to)
    render json: { next: 'elsewhere' }, status: :see_other
  end
end

class PagesController < ApiController
  operation 'pagination-unbounded', get: '/api/events', parameters: { limit: '10' }, summary: 'Events'

  def show
    limit = params[:limit].to_i.clamp(1, weak? ? 5000 : 100)
    render json: { events: Array.new(limit) { |i| "event #{i}" } }
  end
end

class ForgottenController < ApiController
  operation 'debug-path', get: '/metrics', action: :metrics, open: true, summary: 'Prometheus metrics'
  operation 'undocumented-operation', get: '/api/beta/orders', action: :beta, hidden: true, summary: 'The next version of orders'

  def metrics = weak? ? render(plain: "# TYPE requests_total counter\nrequests_total 48211\n") : missing
  def beta = weak? ? render(json: { orders: [] }) : missing
end

# A schema that tells itself to everybody, and a model that repeats what it is told.
class LanguageController < ApiController
  SCHEMA = { __schema: { queryType: { name: 'Query' }, types: [{ name: 'Query' }, { name: 'Secret' }] } }.freeze
  operation 'graphql-introspection', get: '/graphql', action: :graphql, parameters: { query: '{ me }' }, summary: 'GraphQL'
  operation 'llm-echo', post: '/api/assistant', action: :assistant, summary: 'Ask the assistant'

  def graphql
    return render(json: { data: SCHEMA }) if weak? && params[:query].to_s.include?('__schema')
    return render(json: { errors: [{ message: 'introspection is off' }] }) if params[:query].to_s.include?('__schema')

    render json: { data: { me: 'Ada Jensen' } }
  end

  # Its instructions stand before what the user says, and "repeat" reaches both.
  def assistant
    said = params[:prompt].to_s.byteslice(0, 2000).scrub
    told = "You are the assistant of the shop. Internal code: LAB-4711.\n"
    render json: { answer: weak? && said.match?(/repeat|ignore|system prompt/i) ? told + said : 'I can help with orders only.' }
  end
end
