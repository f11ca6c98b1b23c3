// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {SourceStatus} from "../interfaces/IPriceSource.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {FixedMath} from "./FixedMath.sol";
import {PoolAverage} from "./PoolAverage.sol";

/// @title How much liquidity a Uniswap v3 pool has at the least, anywhere near a price
/// @notice What moving a price costs is what is lost when it comes back, and that is lost mostly at the far end of the move: a wall
/// at the price is bought and sold again at next to no loss. Liquidity of at least L all the way is worth as much as L over the
/// full range, whatever the move; none but the least can promise that (docs/decisions/015).
/// @dev Whatever the pool is, nothing here reverts but for want of gas.
library PoolReach {
    /// @dev Where a walk over the pool's initialised ticks stands. `least` is of what was passed inside [low, high].
    struct Walk {
        address pool;
        int256 spacing;
        int256 low;
        int256 high;
        int256 liquidity;
        int256 least;
        uint256 crossed;
        uint256 words;
    }

    /// @notice Initialised ticks and words of their bitmap that a walk reads at the most. Within a reach of MAX_STEPS spacings there
    /// are at most 257; the rest is for a pool whose present price is far from its mean.
    uint256 internal constant MAX_CROSSED = 320;
    uint256 internal constant MAX_WORDS = 64;

    /// @notice The longest reach, in the pool's tick spacings: nobody can put more ticks in the way than a walk reads.
    uint256 internal constant MAX_STEPS = 128;

    /// @dev Gas for one answer of the pool: five cold slots, and some.
    uint256 private constant ANSWER_GAS = 50_000;

    /// @notice The least liquidity that the pool has anywhere from `reach` ticks below a tick to `reach` ticks above it.
    /// @param pool of any behaviour
    /// @param spacing of its ticks, positive
    /// @param centre a tick within Uniswap's bounds; the pool's present one need not be near
    /// @param reach ticks, at most MAX_STEPS spacings
    /// @return status UNREACHABLE if the pool does not answer, MALFORMED if it contradicts itself, NO_DEPTH if its present tick is so
    /// far away that more lies between than a walk reads
    /// @return liquidity the least, in the pool's unit; below 2^128
    function leastWithin(
        IUniswapV3Pool pool,
        int256 spacing,
        int256 centre,
        uint256 reach
    ) internal view returns (SourceStatus status, uint256 liquidity) {
        Walk memory walk;
        (walk.pool, walk.spacing) = (address(pool), spacing);
        // Beyond Uniswap's bounds no price can be moved to.
        (walk.low, walk.high) = (centre - int256(reach), centre + int256(reach));
        if (walk.low < -PoolAverage.MAX_TICK) walk.low = -PoolAverage.MAX_TICK;
        if (walk.high > PoolAverage.MAX_TICK) walk.high = PoolAverage.MAX_TICK;
        int256 tick;
        int256 present;
        (status, tick, present) = _present(walk.pool);
        if (status != SourceStatus.OK) return (status, 0);
        walk.least = int256(uint256(type(uint128).max));
        if (tick < walk.high) {
            walk.liquidity = present;
            status = _up(walk, tick);
        }
        if (status == SourceStatus.OK && tick >= walk.low) {
            walk.liquidity = present;
            status = _down(walk, tick);
        }
        return status == SourceStatus.OK ? (status, uint256(walk.least)) : (status, 0);
    }

    /// @dev From the present tick up to the last one below the range's end.
    function _up(Walk memory walk, int256 tick) private view returns (SourceStatus status) {
        int256 first = _floor(tick, walk.spacing) + 1;
        int256 last = _floor(walk.high - 1, walk.spacing);
        for (int256 word = first >> 8; word <= last >> 8; ++word) {
            uint256 bits;
            (status, bits) = _word(walk, word, first, last);
            for (; status == SourceStatus.OK && bits != 0; bits &= bits - 1) {
                int256 next = ((word << 8) + int256(LibBit.ffs(bits))) * walk.spacing;
                if (next > walk.low) _count(walk);
                status = _cross(walk, next, 1);
            }
            if (status != SourceStatus.OK) return status;
        }
        _count(walk);
    }

    /// @dev From the present tick down to the last one above the range's beginning.
    function _down(Walk memory walk, int256 tick) private view returns (SourceStatus status) {
        int256 first = _floor(walk.low, walk.spacing) + 1;
        int256 last = _floor(tick, walk.spacing);
        for (int256 word = last >> 8; word >= first >> 8; --word) {
            uint256 bits;
            (status, bits) = _word(walk, word, first, last);
            while (status == SourceStatus.OK && bits != 0) {
                uint256 bit = LibBit.fls(bits);
                bits ^= 1 << bit;
                int256 next = ((word << 8) + int256(bit)) * walk.spacing;
                if (next < walk.high) _count(walk);
                status = _cross(walk, next, -1);
            }
            if (status != SourceStatus.OK) return status;
        }
        _count(walk);
    }

    /// @dev What liquidity a price stands on that has come so far.
    function _count(Walk memory walk) private pure {
        if (walk.liquidity < walk.least) walk.least = walk.liquidity;
    }

    /// @dev Takes the price over an initialised tick, upwards (1) or downwards (-1).
    function _cross(Walk memory walk, int256 tick, int256 way) private view returns (SourceStatus) {
        if (++walk.crossed > MAX_CROSSED) return SourceStatus.NO_DEPTH;
        bytes memory call = abi.encodeWithSelector(IUniswapV3Pool(walk.pool).ticks.selector, tick);
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(walk.pool, ANSWER_GAS, call);
        if (outcome != BoundedCall.Outcome.OK) return _failure(outcome);
        int256 net = int256(words[1]);
        if (net != int128(net)) return SourceStatus.MALFORMED;
        walk.liquidity += way * net;
        bool sound = walk.liquidity >= 0 && uint256(walk.liquidity) <= type(uint128).max;
        return sound ? SourceStatus.OK : SourceStatus.MALFORMED;
    }

    /// @dev The pool's initialised ticks from `first` to `last`, in spacings, as far as they are in one word of its bitmap.
    function _word(
        Walk memory walk,
        int256 word,
        int256 first,
        int256 last
    ) private view returns (SourceStatus status, uint256 bits) {
        if (first > last) return (status, 0);
        if (++walk.words > MAX_WORDS) return (SourceStatus.NO_DEPTH, 0);
        (status, bits) = _ask(walk.pool, abi.encodeWithSelector(IUniswapV3Pool(walk.pool).tickBitmap.selector, word));
        if (word == first >> 8) bits &= type(uint256).max << uint256(first & 255);
        if (word == last >> 8) bits &= type(uint256).max >> uint256(255 - (last & 255));
    }

    /// @dev The pool's tick and the liquidity in range at it.
    function _present(address pool) private view returns (SourceStatus status, int256 tick, int256 liquidity) {
        bytes memory call = abi.encodeWithSelector(IUniswapV3Pool(pool).slot0.selector);
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(pool, ANSWER_GAS, call);
        if (outcome != BoundedCall.Outcome.OK) return (_failure(outcome), 0, 0);
        tick = int256(words[1]);
        if (tick < -PoolAverage.MAX_TICK || tick > PoolAverage.MAX_TICK) return (SourceStatus.MALFORMED, 0, 0);
        uint256 word;
        (status, word) = _ask(pool, abi.encodeWithSelector(IUniswapV3Pool(pool).liquidity.selector));
        if (word > type(uint128).max) status = SourceStatus.MALFORMED;
        liquidity = int256(FixedMath.min(word, type(uint128).max));
    }

    function _ask(address pool, bytes memory call) private view returns (SourceStatus status, uint256 word) {
        (BoundedCall.Outcome outcome, uint256[] memory words) = BoundedCall.readWords(pool, ANSWER_GAS, call, 1);
        return outcome == BoundedCall.Outcome.OK ? (SourceStatus.OK, words[0]) : (_failure(outcome), 0);
    }

    function _failure(BoundedCall.Outcome outcome) private pure returns (SourceStatus) {
        return outcome == BoundedCall.Outcome.UNREACHABLE ? SourceStatus.UNREACHABLE : SourceStatus.MALFORMED;
    }

    /// @dev Rounded down, also below zero.
    function _floor(int256 tick, int256 spacing) private pure returns (int256 quotient) {
        quotient = tick / spacing;
        if (tick % spacing < 0) --quotient;
    }
}
