// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {GuardConfig, GuardState, IMarketGuard} from "../interfaces/IMarketGuard.sol";
import {Averages} from "../libraries/Averages.sol";
import {ParameterRange} from "../libraries/ParameterRange.sol";
import {Phase} from "../types/Price.sol";

/// @title Limit-up limit-down, pause, auction, and closed hours
/// @notice Mechanism section 5. What is observed is the price the book quotes, before the mark's band and speed limit hide where
/// it went. It is measured against two references: its own average, and that average carried along with what the index has done
/// since. Only a price outside the band around both, and not between them, is the book's own doing: a crash the index shares does
/// not stop a market, and neither does an index that jumps while the book stays where it was.
///
/// OPEN -> LIMITED as soon as a block finds the price outside. LIMITED -> OPEN as soon as one finds it inside again, so a pause costs
/// whoever wants it the whole depth inside the band, in every block of the limit time. Time spent LIMITED adds up until the market has
/// been OPEN for a whole window: once it is over, the next block that finds the price outside pauses, however often the price came
/// back in between. The references stand still while it is outside, and learn nothing of the block that comes back, whose quotes the
/// limit has clipped; who stays inside moves them by no more than the band in a window.
/// PAUSED -> AUCTION by time, and -> OPEN once the book is cleared. Closed hours come before all of these but an auction, which is
/// never interrupted, and they end in one.
/// @dev Time is told by the blocks that ask for a price; anyone may make one ask. Closing is possible in every phase, at the mark where
/// the band does not reach so far, if need be by an order in the auction, and liquidating as the engine says (property P14).
contract MarketGuard is IMarketGuard, AccessManaged {
    uint256 private constant MILLION = 1e6;
    uint256 private constant HOURS_A_WEEK = 168;

    /// @dev Time 0 was a Thursday.
    uint256 private constant HOURS_FROM_MONDAY_TO_TIME_ZERO = 72;

    address public immutable MARK_PRICE;
    address public immutable ORDER_BOOK;

    mapping(uint8 market => GuardConfig) private _configs;
    mapping(uint8 market => GuardState) private _states;

    constructor(address markPrice, address orderBook, address authority) AccessManaged(authority) {
        MARK_PRICE = markPrice;
        ORDER_BOOK = orderBook;
    }

    // ---- modules -----------------------------------------------------------------------------------------------------

    /// @inheritdoc IMarketGuard
    function observe(
        uint8 market,
        uint256 observed,
        uint256 index
    ) external returns (Phase phase, uint256 low, uint256 high) {
        if (msg.sender != MARK_PRICE) revert NotMarkPrice(msg.sender);
        GuardConfig storage config = _configs[market];
        if (config.band == 0 || index == 0) return (Phase.OPEN, 0, type(uint256).max);
        GuardState memory state = _states[market];
        phase = state.phase;
        _step(config, state, observed, index);
        _states[market] = state;
        if (state.phase != phase) emit PhaseEntered(market, state.phase, state.until, observed, index);
        (low, high) = _band(config, state, state.phase, index);
        return (state.phase, low, high);
    }

    /// @inheritdoc IMarketGuard
    function reopen(uint8 market, uint256 price, uint256 index) external {
        if (msg.sender != ORDER_BOOK) revert NotOrderBook(msg.sender);
        GuardState storage state = _states[market];
        if (state.phase != Phase.AUCTION || block.timestamp < state.until) {
            revert NoAuctionToEnd(market, state.phase, state.until);
        }
        _states[market] = GuardState(Phase.OPEN, 0, 0, uint32(block.timestamp), uint88(price), uint88(index));
        emit Reopened(market, price, index);
        emit PhaseEntered(market, Phase.OPEN, 0, price, index);
    }

    // ---- guardian ----------------------------------------------------------------------------------------------------

    /// @notice Pauses a market from the next block on, for its pause time, or for that much longer if it is paused. An auction that
    /// collects goes on collecting for as long as it was to last. Guardian. Nothing ends a pause early.
    /// @dev Does nothing in closed hours, which are no less safe, or without a guard. Reverts with AuctionUnderWay once an auction's
    /// collection has ended: its price may be fixed already.
    function pause(uint8 market) external restricted {
        GuardConfig storage config = _configs[market];
        GuardState memory state = _states[market];
        if (config.band == 0 || state.phase == Phase.CLOSED) return;
        if (state.phase == Phase.AUCTION) {
            if (block.timestamp >= state.until) revert AuctionUnderWay(market, state.until);
            state.until = uint32(block.timestamp + config.auctionTime);
        } else {
            _enter(state, Phase.PAUSED, config.pauseTime);
        }
        _states[market] = state;
        emit PhaseEntered(market, state.phase, state.until, 0, 0);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Sets how a market is guarded, or with a band of 0 that it is not. Governance.
    /// @dev Reverts with ParameterOutOfRange unless the band is 0.1 % to 50 %, the closed band no wider, the reference 1 to 60 minutes
    /// long, the limit state 1 second to 4 minutes, pause and auction each 30 seconds to an hour (shorter leaves no time to
    /// act, longer holds closers up), an auction must match something to count, and there are hours in which the market is open. Reverts with AuctionUnderWay
    /// while orders are in an auction: they may lie across each other.
    function setMarket(uint8 market, GuardConfig calldata config) external restricted {
        GuardState storage state = _states[market];
        if (state.phase == Phase.AUCTION) revert AuctionUnderWay(market, state.until);
        ParameterRange.check("market", market, 0, 15);
        if (config.band == 0) {
            delete _states[market];
        } else {
            ParameterRange.check("band", config.band, 1_000, MILLION / 2);
            ParameterRange.check("window", config.window, 1 minutes, 1 hours);
            ParameterRange.check("limitTime", config.limitTime, 1, 4 minutes);
            ParameterRange.check("pauseTime", config.pauseTime, 30, 1 hours);
            ParameterRange.check("auctionTime", config.auctionTime, 30, 1 hours);
            ParameterRange.check("minimumVolume", config.minimumVolume, 1, type(uint32).max);
            uint256 least = config.closedHours == 0 ? 0 : 100;
            ParameterRange.check("closedBand", config.closedBand, least, config.band);
            ParameterRange.check("closedHours", config.closedHours, 0, type(uint168).max - 1);
        }
        _configs[market] = config;
        emit GuardSet(market, config);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @inheritdoc IMarketGuard
    function preview(
        uint8 market,
        uint256 observed,
        uint256 index
    ) external view returns (Phase phase, uint256 low, uint256 high) {
        GuardConfig storage config = _configs[market];
        if (config.band == 0 || index == 0) return (Phase.OPEN, 0, type(uint256).max);
        GuardState memory state = _states[market];
        _step(config, state, observed, index);
        (low, high) = _band(config, state, state.phase, index);
        return (state.phase, low, high);
    }

    /// @inheritdoc IMarketGuard
    function tradingBand(uint8 market, Phase phase, uint256 index) external view returns (uint256 low, uint256 high) {
        GuardConfig storage config = _configs[market];
        if (config.band == 0) return (0, type(uint256).max);
        return _band(config, _states[market], phase, index);
    }

    /// @inheritdoc IMarketGuard
    function auctionEnd(uint8 market) external view returns (uint256) {
        GuardState storage state = _states[market];
        return state.phase == Phase.AUCTION ? state.until : 0;
    }

    /// @inheritdoc IMarketGuard
    function configOf(uint8 market) external view returns (GuardConfig memory) {
        return _configs[market];
    }

    /// @inheritdoc IMarketGuard
    function stateOf(uint8 market) external view returns (GuardState memory) {
        return _states[market];
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    /// @dev Moves `state` to this block.
    function _step(GuardConfig storage config, GuardState memory state, uint256 observed, uint256 index) private view {
        if (state.phase == Phase.AUCTION) return;
        if (_isClosed(config)) return _enter(state, Phase.CLOSED, 0);
        bool paused = state.phase == Phase.PAUSED && block.timestamp >= state.until;
        if (paused || state.phase == Phase.CLOSED) return _enter(state, Phase.AUCTION, config.auctionTime);
        if (state.phase == Phase.PAUSED || observed == 0) return;
        if (state.bookAverage == 0) (state.bookAverage, state.indexAverage) = (uint88(index), uint88(index));
        (uint256 low, uint256 high) = _aroundReferences(config, state, index);
        if (observed >= low && observed <= high) _inside(config, state, observed, index);
        else _outside(config, state);
    }

    /// @dev `until` of OPEN is when the time spent LIMITED is forgotten.
    function _inside(
        GuardConfig storage config,
        GuardState memory state,
        uint256 observed,
        uint256 index
    ) private view {
        if (state.phase == Phase.LIMITED) {
            uint256 left = FixedPointMathLib.zeroFloorSub(state.until, block.timestamp);
            state.limited = uint8(FixedPointMathLib.zeroFloorSub(config.limitTime, left));
            state.observedAt = uint32(block.timestamp);
            return _enter(state, Phase.OPEN, config.window);
        }
        if (block.timestamp >= state.until) (state.limited, state.until) = (0, 0);
        _learn(config, state, observed, index);
    }

    function _outside(GuardConfig storage config, GuardState memory state) private view {
        if (state.phase == Phase.OPEN) {
            uint256 spent = block.timestamp < state.until ? state.limited : 0;
            uint256 limitTime = config.limitTime;
            if (spent < limitTime) return _enter(state, Phase.LIMITED, limitTime - spent);
        } else if (block.timestamp < state.until) {
            return;
        }
        _enter(state, Phase.PAUSED, config.pauseTime);
    }

    function _enter(GuardState memory state, Phase phase, uint256 time) private view {
        state.phase = phase;
        state.until = time == 0 ? 0 : uint32(block.timestamp + time);
    }

    function _learn(GuardConfig storage config, GuardState memory state, uint256 observed, uint256 index) private view {
        uint256 elapsed = state.observedAt == 0 ? 0 : block.timestamp - state.observedAt;
        state.observedAt = uint32(block.timestamp);
        state.bookAverage = _towards(state.bookAverage, observed, elapsed, config.window);
        state.indexAverage = _towards(state.indexAverage, index, elapsed, config.window);
    }

    function _towards(uint256 average, uint256 sample, uint256 elapsed, uint256 tau) private pure returns (uint88) {
        return uint88(uint256(Averages.towards(int256(average), int256(sample), elapsed, tau)));
    }

    /// @dev In an auction and in closed hours the index alone is trusted; otherwise the two references, and what lies between.
    function _band(
        GuardConfig storage config,
        GuardState memory state,
        Phase phase,
        uint256 index
    ) private view returns (uint256 low, uint256 high) {
        if (phase == Phase.OPEN) return (0, type(uint256).max);
        if (phase == Phase.CLOSED) return _around(index, index, config.closedBand);
        if (phase == Phase.AUCTION || state.bookAverage == 0) return _around(index, index, config.band);
        return _aroundReferences(config, state, index);
    }

    function _aroundReferences(
        GuardConfig storage config,
        GuardState memory state,
        uint256 index
    ) private view returns (uint256 low, uint256 high) {
        uint256 own = state.bookAverage;
        uint256 carried = (own * index) / state.indexAverage;
        return own < carried ? _around(own, carried, config.band) : _around(carried, own, config.band);
    }

    function _around(uint256 lower, uint256 upper, uint256 band) private pure returns (uint256 low, uint256 high) {
        low = FixedPointMathLib.divUp(lower * (MILLION - band), MILLION);
        high = (upper * (MILLION + band)) / MILLION;
    }

    /// @dev The second slot of the parameters is read only by markets that close: those have a band for it.
    function _isClosed(GuardConfig storage config) private view returns (bool) {
        if (config.closedBand == 0) return false;
        uint256 hour = (block.timestamp / 1 hours + HOURS_FROM_MONDAY_TO_TIME_ZERO) % HOURS_A_WEEK;
        return (config.closedHours >> hour) & 1 != 0;
    }
}
