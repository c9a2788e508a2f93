# frozen_string_literal: true

require_relative 'helper'
require 'rbs'

# sig/batten.rbs says what the code is.
class TypesTest < Minitest::Test
  SIG = Gem.loaded_specs['batten']&.full_gem_path || File.expand_path('../../bindings/ruby', __dir__)

  def environment
    loader = RBS::EnvironmentLoader.new
    loader.add(library: 'openssl', version: nil)
    loader.add(path: Pathname(SIG).join('sig'))
    RBS::Environment.from_loader(loader).resolve_type_names
  end

  def test_each_type_is_known_and_each_method_has_the_parameters_of_the_code
    builder = RBS::DefinitionBuilder.new(env: environment)
    names = builder.env.class_decls.keys.select { |name| name.to_s.start_with?('::Batten') }
    checked = names.sum do |name|
      code = Object.const_get(name.to_s)
      compare(builder.build_instance(name), name) { |method| code.instance_method(method) } +
        compare(builder.build_singleton(name), name) { |method| code.method(method) }
    end
    assert_operator checked, :>=, 30
  end

  private

  def compare(definition, owner)
    own = definition.methods.select { |method, facts| facts.defined_in == owner && method != :initialize_copy }
    own.count do |method, facts|
      next if method == :new # as initialize

      code = yield(method)
      facts.method_types.each { |type| assert_equal typed(type.type), written(code), "#{owner} #{method}" } unless code.parameters == [[:rest]] && code.owner.is_a?(Class) && code.source_location.nil?
      true
    end
  end

  def typed(function)
    { positional: function.required_positionals.length + function.optional_positionals.length, rest: !!function.rest_positionals,
      required: function.required_keywords.keys.sort, optional: function.optional_keywords.keys.sort }
  end

  def written(code)
    by = code.parameters.group_by(&:first).transform_values { |all| all.map(&:last) }
    { positional: by.fetch(:req, []).length + by.fetch(:opt, []).length, rest: by.key?(:rest), required: by.fetch(:keyreq, []).sort,
      optional: by.fetch(:key, []).sort }
  end
end
