// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IIndexOracle, IndexPrice} from "../interfaces/IIndexOracle.sol";
import {IPriceSource, Reading, SourceStatus} from "../interfaces/IPriceSource.sol";
import {BoundedCall} from "../libraries/BoundedCall.sol";
import {ParameterRange} from "../libraries/ParameterRange.sol";
import {WeightedMedian} from "../libraries/WeightedMedian.sol";
import {Validity} from "../types/Price.sol";

/// @title The index as a median of sources, weighted by the liquidity behind each
/// @notice Up to eight sources a market. One that is dead, hostile or wrong is left out; what is left must be a quorum
/// (mechanism section 5). Nothing here knows of the exchange's own book.
contract IndexOracle is IIndexOracle, AccessManaged {
    using WeightedMedian for WeightedMedian.Observation[];

    /// @notice One of a market's sources.
    /// @param source the adapter
    /// @param gasLimit gas it may spend on one reading
    /// @param maxDepth quote, whole units; depth beyond counts for nothing, so that no source is a majority by itself unless
    /// it is meant to be
    /// @param interval seconds for which a good reading is used again, value and time together, before the source is asked
    /// anew; 0 asks every time. A long average that is dear to compute may be a small part of its window old
    struct SourceConfig {
        IPriceSource source;
        uint32 gasLimit;
        uint48 maxDepth;
        uint16 interval;
    }

    /// @notice How a market's sources are judged together.
    /// @param quorum how many must be usable
    /// @param maxDispersion mean distance from the median, by weight, above which the index is UNCERTAIN; parts per million
    /// @param maxConfidence mean of the sources' own half widths above which it is UNCERTAIN; parts per million
    struct IndexConfig {
        uint8 quorum;
        uint24 maxDispersion;
        uint24 maxConfidence;
    }

    /// @dev A good reading, in one slot.
    struct Kept {
        uint88 price;
        uint32 publishedAt;
        uint32 readAt;
        uint48 depth;
        uint24 confidence;
    }

    /// @param usable readings in order of price, `count` of them
    /// @param kept by source, those of `unkept`'s bits are to be kept
    /// @param nonsense a source said something that cannot be, rather than nothing
    /// @param blamed one more than the place of the first source that failed; of the first that talked nonsense, if one did
    /// @param failure how it failed
    struct Collected {
        WeightedMedian.Observation[] usable;
        uint256 count;
        Kept[] kept;
        uint256 unkept;
        bool nonsense;
        uint256 blamed;
        SourceStatus failure;
    }

    /// @dev The last good value and its time share a slot, and are only ever written together.
    struct IndexState {
        uint88 value;
        uint32 publishedAt;
        uint8 sources;
        uint8 quorum;
        uint24 maxDispersion;
        uint24 maxConfidence;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant MILLION = 1e6;

    /// @notice The most sources a market can have.
    uint256 public constant MAX_SOURCES = 8;

    /// @notice The lowest and the highest price a market may have, quote per base, WAD. Others are OUT_OF_RANGE.
    uint256 public constant MIN_PRICE = 1e6;
    uint256 public constant MAX_PRICE = 1e26;

    /// @notice The same source is named twice, which would give it two votes.
    error DuplicateSource(uint8 market, IPriceSource source);

    /// @notice The caller left too little gas to tell a failing source from a starved one.
    error NotEnoughGas(uint256 left, uint256 needed);

    /// @notice A market's sources were named.
    event SourcesSet(uint8 indexed market, SourceConfig[] sources, IndexConfig config);

    /// @notice The last good index of a market has changed.
    /// @param value quote per base, WAD
    /// @param publishedAt when it was true, seconds
    event IndexUpdated(uint8 indexed market, uint256 value, uint256 publishedAt);

    /// @notice A source lies farther from the index than the dispersion tolerance, or is the farthest where the sources
    /// together do, which makes the index UNCERTAIN. Said at every update while it lasts.
    /// @param source the farthest of them
    /// @param price its reading, quote per base, WAD
    /// @param value the median it is measured from, quote per base, WAD
    /// @param distance between the two, quote per base, WAD
    event SourceOutlying(
        uint8 indexed market,
        IPriceSource indexed source,
        uint256 price,
        uint256 value,
        uint256 distance
    );

    mapping(uint8 market => IndexState) private _states;
    mapping(uint8 market => SourceConfig[MAX_SOURCES]) private _sources;
    mapping(uint8 market => Kept[MAX_SOURCES]) private _kept;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IIndexOracle
    /// @dev Only a VALID index becomes the last good one. Reverts with NotEnoughGas rather than misjudge a source.
    function update(uint8 market) external returns (IndexPrice memory price) {
        IndexState memory state = _states[market];
        Collected memory collected = _collect(market, state.sources);
        for (uint256 i; collected.unkept >> i != 0; ++i) {
            if ((collected.unkept >> i) & 1 != 0) _kept[market][i] = collected.kept[i];
        }
        uint256 value;
        (price, value) = _evaluate(state, collected);
        if (value != 0) _reportOutlier(market, state, collected, value);
        if (price.validity != Validity.VALID) return price;
        if (price.value == state.value && price.publishedAt == state.publishedAt) return price;
        (state.value, state.publishedAt) = (uint88(price.value), uint32(price.publishedAt));
        _states[market] = state;
        emit IndexUpdated(market, price.value, price.publishedAt);
    }

    /// @notice Names a market's sources and how they are judged. Restricted.
    /// @dev The last good value stays. Reverts with DuplicateSource, or with ParameterOutOfRange unless there are 1 to 8 sources,
    /// the quorum is within their number, both tolerances are within 0.01 % and 50 %, and each source has 20,000 to 2,000,000
    /// gas, some depth, and an interval of at most five minutes.
    function setSources(
        uint8 market,
        SourceConfig[] calldata sources,
        IndexConfig calldata config
    ) external restricted {
        ParameterRange.check("sources", sources.length, 1, MAX_SOURCES);
        ParameterRange.check("quorum", config.quorum, 1, sources.length);
        ParameterRange.check("maxDispersion", config.maxDispersion, 100, MILLION / 2);
        ParameterRange.check("maxConfidence", config.maxConfidence, 100, MILLION / 2);
        for (uint256 i; i < sources.length; ++i) {
            ParameterRange.check("gasLimit", sources[i].gasLimit, 20_000, 2_000_000);
            ParameterRange.check("maxDepth", sources[i].maxDepth, 1, type(uint48).max);
            ParameterRange.check("interval", sources[i].interval, 0, 5 minutes);
            for (uint256 j; j < i; ++j) {
                if (address(sources[i].source) == address(sources[j].source))
                    revert DuplicateSource(market, sources[i].source);
            }
            _sources[market][i] = sources[i];
            delete _kept[market][i];
        }
        IndexState storage state = _states[market];
        state.sources = uint8(sources.length);
        (state.quorum, state.maxDispersion, state.maxConfidence) = (
            config.quorum,
            config.maxDispersion,
            config.maxConfidence
        );
        emit SourcesSet(market, sources, config);
    }

    /// @inheritdoc IIndexOracle
    function indexOf(uint8 market) external view returns (IndexPrice memory price) {
        IndexState memory state = _states[market];
        (price, ) = _evaluate(state, _collect(market, state.sources));
    }

    /// @inheritdoc IIndexOracle
    function failureOf(uint8 market) external view returns (address source, SourceStatus status) {
        IndexState memory state = _states[market];
        if (state.sources == 0) return (address(0), SourceStatus.UNCONFIGURED);
        Collected memory collected = _collect(market, state.sources);
        (IndexPrice memory price, uint256 value) = _evaluate(state, collected);
        if (price.validity == Validity.VALID) return (address(0), SourceStatus.OK);
        uint256 blamed;
        (blamed, status) = value == 0 ? (collected.blamed - 1, collected.failure) : _blame(state, collected, value);
        source = address(_sources[market][blamed].source);
    }

    /// @notice What each of a market's sources says now, in the order they were named: which fails, and how.
    function readingsOf(uint8 market) external view returns (Reading[] memory readings) {
        readings = new Reading[](_states[market].sources);
        for (uint256 i; i < readings.length; ++i) readings[i] = _read(_sources[market][i], market);
    }

    /// @notice A market's sources and how they are judged.
    function sourcesOf(uint8 market) external view returns (SourceConfig[] memory sources, IndexConfig memory config) {
        IndexState memory state = _states[market];
        sources = new SourceConfig[](state.sources);
        for (uint256 i; i < sources.length; ++i) sources[i] = _sources[market][i];
        config = IndexConfig(state.quorum, state.maxDispersion, state.maxConfidence);
    }

    /// @dev Also the median itself, where there was a quorum to take it of; 0 otherwise.
    function _evaluate(
        IndexState memory state,
        Collected memory collected
    ) private pure returns (IndexPrice memory price, uint256 value) {
        (WeightedMedian.Observation[] memory usable, uint256 count) = (collected.usable, collected.count);
        if (count == 0 || count < state.quorum) {
            return (_lastGood(state, collected.nonsense ? Validity.INVALID : Validity.STALE), 0);
        }
        (value, price.publishedAt) = usable.median(count);
        (uint256 dispersion, uint256 confidence) = usable.spread(count, value);
        price.value = value;
        price.confidence = dispersion + confidence;
        if (price.confidence >= value) return (_lastGood(state, Validity.INVALID), value);
        if (_exceeds(dispersion, value, state.maxDispersion) || _exceeds(confidence, value, state.maxConfidence)) {
            price.validity = Validity.UNCERTAIN;
        }
    }

    /// @dev Whether `part` is more than `tolerance` parts per million of `whole`.
    function _exceeds(uint256 part, uint256 whole, uint256 tolerance) private pure returns (bool) {
        return part * MILLION > whole * tolerance;
    }

    /// @dev Whose fault it is that sources which all answer do not make a VALID index.
    function _blame(
        IndexState memory state,
        Collected memory collected,
        uint256 value
    ) private pure returns (uint256 source, SourceStatus status) {
        (uint256 dispersion, uint256 confidence) = collected.usable.spread(collected.count, value);
        bool apart = _exceeds(dispersion, value, state.maxDispersion) && dispersion >= confidence;
        if (!apart && _exceeds(confidence, value, state.maxConfidence)) {
            return (collected.usable.leastSure(collected.count).source, SourceStatus.UNSURE);
        }
        (WeightedMedian.Observation memory item, ) = collected.usable.farthest(collected.count, value);
        return (item.source, SourceStatus.OUTLIER);
    }

    /// @dev The farthest is always beyond the tolerance where the mean distance is.
    function _reportOutlier(uint8 market, IndexState memory state, Collected memory collected, uint256 value) private {
        (WeightedMedian.Observation memory item, uint256 distance) = collected.usable.farthest(collected.count, value);
        if (!_exceeds(distance, value, state.maxDispersion)) return;
        emit SourceOutlying(market, _sources[market][item.source].source, item.price, value, distance);
    }

    function _lastGood(IndexState memory state, Validity validity) private pure returns (IndexPrice memory price) {
        (price.value, price.publishedAt) = (state.value, state.publishedAt);
        price.validity = state.value == 0 ? Validity.INVALID : validity;
    }

    function _collect(uint8 market, uint256 sources) private view returns (Collected memory collected) {
        collected.usable = new WeightedMedian.Observation[](sources);
        collected.kept = new Kept[](sources);
        for (uint256 i; i < sources; ++i) {
            SourceConfig memory config = _sources[market][i];
            (SourceStatus status, Kept memory kept, bool anew) = _ask(market, i, config);
            if (status == SourceStatus.OK) {
                collected.usable.insert(collected.count++, _observation(kept, config.maxDepth, i));
                if (anew && config.interval != 0) {
                    collected.kept[i] = kept;
                    collected.unkept |= 1 << i;
                }
            } else {
                _note(collected, i, status);
            }
        }
    }

    function _note(Collected memory collected, uint256 i, SourceStatus status) private pure {
        bool nonsense = status >= SourceStatus.MALFORMED;
        if (collected.blamed == 0 || (nonsense && !collected.nonsense)) {
            (collected.blamed, collected.failure) = (i + 1, status);
        }
        if (nonsense) collected.nonsense = true;
    }

    /// @dev The reading kept from not long ago, or a new one in the same resolution; `anew` if the source itself was asked.
    function _ask(
        uint8 market,
        uint256 i,
        SourceConfig memory config
    ) private view returns (SourceStatus status, Kept memory kept, bool anew) {
        if (config.interval != 0) {
            kept = _kept[market][i];
            if (kept.readAt != 0 && block.timestamp - kept.readAt < config.interval) return (status, kept, false);
        }
        Reading memory reading = _read(config, market);
        if (reading.status == SourceStatus.OK) kept = _pack(reading);
        return (reading.status, kept, true);
    }

    /// @dev Depth is rounded down to whole units, confidence up to parts per million.
    function _pack(Reading memory reading) private view returns (Kept memory) {
        uint256 depth = reading.depth / WAD;
        return
            Kept({
                price: uint88(reading.price),
                publishedAt: uint32(reading.publishedAt),
                readAt: uint32(block.timestamp),
                depth: depth < type(uint48).max ? uint48(depth) : type(uint48).max,
                confidence: uint24((reading.confidence * MILLION + reading.price - 1) / reading.price)
            });
    }

    function _observation(
        Kept memory kept,
        uint256 maxDepth,
        uint256 source
    ) private pure returns (WeightedMedian.Observation memory) {
        uint256 price = kept.price;
        return
            WeightedMedian.Observation({
                price: price,
                weight: kept.depth < maxDepth ? kept.depth : maxDepth,
                confidence: (price * kept.confidence + MILLION - 1) / MILLION,
                publishedAt: kept.publishedAt,
                source: source
            });
    }

    /// @dev Never reverts because of the source. The gas check makes a starved call a revert of the whole: nobody can have a
    /// source ignored by calling with little gas (63/64 rule).
    function _read(SourceConfig memory config, uint8 market) private view returns (Reading memory reading) {
        uint256 needed = (uint256(config.gasLimit) * 64) / 63 + 5_000;
        if (gasleft() < needed) revert NotEnoughGas(gasleft(), needed);
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(config.source),
            config.gasLimit,
            abi.encodeCall(IPriceSource.read, (market))
        );
        if (outcome == BoundedCall.Outcome.UNREACHABLE) {
            reading.status = SourceStatus.UNREACHABLE;
            return reading;
        }
        if (outcome == BoundedCall.Outcome.MALFORMED || words[0] > uint256(type(SourceStatus).max)) {
            reading.status = SourceStatus.MALFORMED;
            return reading;
        }
        reading = Reading(SourceStatus(words[0]), words[1], words[2], words[3], words[4]);
        if (reading.status == SourceStatus.OK) reading.status = _judge(reading);
    }

    /// @dev What no adapter may say, whatever it says of itself.
    function _judge(Reading memory reading) private view returns (SourceStatus) {
        if (reading.price == 0) return SourceStatus.NOT_POSITIVE;
        if (reading.price < MIN_PRICE || reading.price > MAX_PRICE) return SourceStatus.OUT_OF_RANGE;
        if (reading.confidence >= reading.price) return SourceStatus.OUT_OF_RANGE;
        if (reading.publishedAt > block.timestamp) return SourceStatus.FUTURE;
        if (reading.publishedAt == 0) return SourceStatus.INCOMPLETE;
        if (reading.depth < WAD) return SourceStatus.NO_DEPTH;
        return SourceStatus.OK;
    }
}
