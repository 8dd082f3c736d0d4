-- Co-emission checks: quality evidence per site and year, never a change of a figure. Fuel checks concern plants whose
-- energy comes from these fuels nearly alone (and, against CO2, no industry with process CO2); product checks an industry.
with energy as (
    select site_id, year, item, energy_gj, energy_gj / nullif({{ stable_sum('energy_gj', 'over (partition by site_id, year)') }}, 0) as share
    from {{ ref('int_check__amount') }}
    where starts_with(item, 'fuel')
),

burnt as (
    select energy.site_id, energy.year, band.check_code
    from energy
    inner join {{ ref('co_emission_band') }} as band
        on energy.item in (select 'fuel:' || unnest(string_split(band.fuel_codes, '|')))
    group by energy.site_id, energy.year, band.check_code, band.min_fuel_share
    having {{ stable_sum('energy.share') }} >= band.min_fuel_share
),

subject as (
    select burnt.*
    from burnt
    inner join {{ ref('co_emission_band') }} as band on band.check_code = burnt.check_code
    inner join {{ ref('int_identity__site') }} as site on site.site_id = burnt.site_id
    left join (select distinct industry_scheme, code_prefix from {{ ref('process_industry') }}) as process
        on process.industry_scheme = site.industry_scheme and starts_with(site.industry_code, process.code_prefix)
    where process.code_prefix is null or band.denominator <> 'CO2'
    union
    select distinct amount.site_id, amount.year, band.check_code
    from {{ ref('int_check__amount') }} as amount
    inner join {{ ref('int_identity__site') }} as site on site.site_id = amount.site_id
    inner join {{ ref('co_emission_band') }} as band
        on band.industry_scheme = site.industry_scheme and starts_with(site.industry_code, band.industry_code_prefix)
    where band.product is not null
),

below as (
    select subject.site_id, subject.year, subject.check_code,
        {{ stable_sum("case when amount.item = 'CO2' then amount.amount / 1000 else amount.amount end") }} as amount,
        count(amount.amount) = count(*) as is_known,
        min(amount.first_month) as first_month, max(amount.last_month) as last_month, max(amount.months) as months
    from subject
    inner join {{ ref('co_emission_band') }} as band on band.check_code = subject.check_code
    inner join {{ ref('int_check__amount') }} as amount
        on amount.site_id = subject.site_id and amount.year = subject.year
        and case band.denominator
            when 'CO2' then amount.item = 'CO2'
            when 'output' then amount.item = 'output:' || band.product
            else starts_with(amount.item, 'fuel:')
                and list_contains(string_split(band.fuel_codes, '|'), substr(amount.item, 6)) end
    group by subject.site_id, subject.year, subject.check_code
),

ratio as (
    select
        subject.site_id, subject.year, band.*, above.amount as above_amount, below.amount as below_amount,
        case
            when above.amount is null then band.numerator || ' is not known'
            when below.amount is null or not below.is_known then
                case band.denominator when 'output' then 'output of ' || band.product when 'fuel' then 'the amount of fuel'
                    else 'CO2' end || ' is not known'
            when below.amount <= 0 then 'nothing was burnt or made'
            when above.first_month <> below.first_month or above.last_month <> below.last_month or above.months <> below.months
                then 'the two cover different times: ' || above.months || ' and ' || below.months || ' month(s)'
        end as obstacle
    from subject
    inner join {{ ref('co_emission_band') }} as band on band.check_code = subject.check_code
    left join {{ ref('int_check__amount') }} as above
        on above.site_id = subject.site_id and above.year = subject.year and above.item = band.numerator
    left join below
        on below.site_id = subject.site_id and below.year = subject.year and below.check_code = subject.check_code
),

valued as (
    select *, case when obstacle is null then above_amount * scale / below_amount end as value from ratio
)

select
    site_id, year, check_code, above_amount as numerator_amount, below_amount as denominator_amount, value, unit,
    min_value, max_value, reference,
    case when value is null then 'not_computable' when value between min_value and max_value then 'in' else 'out' end as verdict,
    case
        when value is null then obstacle
        else printf('%.4g', value) || ' ' || unit || case
            when value > max_value then ' is ' || printf('%.3g', value / max_value) || ' times the upper end of '
            when value < min_value then ' is ' || printf('%.3g', value / min_value) || ' times the lower end of '
            else ' lies in ' end || printf('%.4g', min_value) || ' to ' || printf('%.4g', max_value)
    end as reason
from valued
