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
    struct SourceConfig {
        IPriceSource source;
        uint32 gasLimit;
        uint64 maxDepth;
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

    /// @dev The last good value and its time share a slot, and are only ever written together.
    struct IndexState {
        uint88 value;
        uint40 publishedAt;
        uint8 sources;
        IndexConfig config;
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

    event SourcesSet(uint8 indexed market, SourceConfig[] sources, IndexConfig config);

    /// @notice The last good index of a market has changed.
    /// @param value quote per base, WAD
    /// @param publishedAt when it was true, seconds
    event IndexUpdated(uint8 indexed market, uint256 value, uint256 publishedAt);

    mapping(uint8 market => IndexState) private _states;
    mapping(uint8 market => SourceConfig[MAX_SOURCES]) private _sources;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IIndexOracle
    /// @dev Only a VALID index becomes the last good one. Reverts with NotEnoughGas rather than misjudge a source.
    function update(uint8 market) external returns (IndexPrice memory price) {
        IndexState memory state = _states[market];
        price = _evaluate(market, state);
        if (price.validity != Validity.VALID) return price;
        if (price.value == state.value && price.publishedAt == state.publishedAt) return price;
        (state.value, state.publishedAt) = (uint88(price.value), uint40(price.publishedAt));
        _states[market] = state;
        emit IndexUpdated(market, price.value, price.publishedAt);
    }

    /// @notice Names a market's sources and how they are judged. Restricted.
    /// @dev The last good value stays. Reverts with DuplicateSource, or with ParameterOutOfRange unless there are 1 to 8 sources,
    /// the quorum is within their number, both tolerances are within 0.01 % and 50 %, and each source has 20,000 to 2,000,000
    /// gas and some depth.
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
            ParameterRange.check("maxDepth", sources[i].maxDepth, 1, type(uint64).max);
            for (uint256 j; j < i; ++j) {
                if (address(sources[i].source) == address(sources[j].source))
                    revert DuplicateSource(market, sources[i].source);
            }
            _sources[market][i] = sources[i];
        }
        (_states[market].sources, _states[market].config) = (uint8(sources.length), config);
        emit SourcesSet(market, sources, config);
    }

    /// @inheritdoc IIndexOracle
    function indexOf(uint8 market) external view returns (IndexPrice memory price) {
        return _evaluate(market, _states[market]);
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
        config = state.config;
    }

    function _evaluate(uint8 market, IndexState memory state) private view returns (IndexPrice memory price) {
        (WeightedMedian.Observation[] memory usable, uint256 count, bool nonsense) = _collect(market, state.sources);
        if (count == 0 || count < state.config.quorum) {
            return _lastGood(state, nonsense ? Validity.INVALID : Validity.STALE);
        }
        (price.value, price.publishedAt) = usable.median(count);
        (uint256 dispersion, uint256 confidence) = usable.spread(count, price.value);
        price.confidence = dispersion + confidence;
        if (price.confidence >= price.value) return _lastGood(state, Validity.INVALID);
        if (
            dispersion * MILLION > price.value * state.config.maxDispersion ||
            confidence * MILLION > price.value * state.config.maxConfidence
        ) {
            price.validity = Validity.UNCERTAIN;
        }
    }

    function _lastGood(IndexState memory state, Validity validity) private pure returns (IndexPrice memory price) {
        (price.value, price.publishedAt) = (state.value, state.publishedAt);
        price.validity = state.value == 0 ? Validity.INVALID : validity;
    }

    /// @return usable in order of price
    /// @return count how many of them there are
    /// @return nonsense a source said something that cannot be, rather than nothing
    function _collect(
        uint8 market,
        uint256 sources
    ) private view returns (WeightedMedian.Observation[] memory usable, uint256 count, bool nonsense) {
        usable = new WeightedMedian.Observation[](sources);
        for (uint256 i; i < sources; ++i) {
            SourceConfig memory config = _sources[market][i];
            Reading memory reading = _read(config, market);
            if (reading.status == SourceStatus.OK) {
                uint256 cap = config.maxDepth * WAD;
                usable.insert(
                    count++,
                    WeightedMedian.Observation({
                        price: reading.price,
                        weight: reading.depth < cap ? reading.depth : cap,
                        confidence: reading.confidence,
                        publishedAt: reading.publishedAt
                    })
                );
            } else if (reading.status >= SourceStatus.MALFORMED) {
                nonsense = true;
            }
        }
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
        if (reading.depth == 0) return SourceStatus.NO_DEPTH;
        return SourceStatus.OK;
    }
}
