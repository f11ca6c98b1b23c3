// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";

/// @title Time-weighted average prices of Uniswap v3 pools
/// @notice The geometric mean over a window that ends now, with the quote reserve of the harmonic mean liquidity as depth:
/// liquidity shown for a moment adds next to nothing (mechanism section 5).
/// @dev Price = 1.0001^(mean tick), computed as one exponential of the exact mean: no rounding to whole ticks. A pool says
/// nothing of its uncertainty, and the distance of its spot price is an attacker's to choose, so the confidence is 0.
contract UniswapV3TwapSource is IPriceSource, AccessManaged {
    /// @notice One market's pool.
    /// @param pool the pool; zero if there is none
    /// @param window seconds averaged over
    /// @param baseIsToken0 whether the base is the pool's token0
    /// @param baseDecimals of the base token
    /// @param quoteDecimals of the quote token
    struct Pool {
        IUniswapV3Pool pool;
        uint32 window;
        bool baseIsToken0;
        uint8 baseDecimals;
        uint8 quoteDecimals;
    }

    int256 private constant WAD = 1e18;

    /// @dev ln(1.0001) * 1e36 and ln(10) * 1e18.
    int256 private constant LN_TICK = 99_995_000_333_308_335_333_166_680_951_131;
    int256 private constant LN_TEN = 2_302_585_092_994_045_684;

    /// @notice The base is neither of the pool's tokens.
    error BaseNotInPool(IUniswapV3Pool pool, address base);

    /// @notice The pool records too few observations to average over the window at one block every twelve seconds.
    error CardinalityTooLow(IUniswapV3Pool pool, uint256 cardinality, uint256 needed);

    /// @notice A market's pool was set; a zero pool removes it.
    event PoolSet(uint8 indexed market, Pool pool);

    mapping(uint8 market => Pool) private _pools;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceSource
    /// @dev SHORT_HISTORY while the pool's oldest observation is younger than the window. Price and depth are rounded down.
    function read(uint8 market) external view returns (Reading memory reading) {
        Pool memory pool = _pools[market];
        if (address(pool.pool) == address(0)) {
            reading.status = SourceStatus.UNCONFIGURED;
            return reading;
        }
        uint32[] memory ago = new uint32[](2);
        ago[0] = pool.window;
        try pool.pool.observe(ago) returns (int56[] memory ticks, uint160[] memory perLiquidity) {
            int256 passed = int256(ticks[1]) - ticks[0];
            uint256 seconds128;
            unchecked {
                seconds128 = uint160(perLiquidity[1] - perLiquidity[0]);
            }
            return _reading(pool, passed, seconds128);
        } catch {
            reading.status = SourceStatus.SHORT_HISTORY;
        }
    }

    /// @notice Sets or removes a market's pool. Restricted. Anyone can make a pool record more observations.
    /// @dev Reverts with BaseNotInPool, CardinalityTooLow, or ParameterOutOfRange on a window outside a minute to a day or a token
    /// of more than 18 decimals.
    /// @param pool zero removes it
    /// @param base the pool's token that is the market's base; the other one is the quote
    /// @param window seconds
    function setPool(uint8 market, IUniswapV3Pool pool, address base, uint32 window) external restricted {
        Pool memory entry;
        if (address(pool) != address(0)) entry = _checked(pool, base, window);
        _pools[market] = entry;
        emit PoolSet(market, entry);
    }

    /// @notice A market's pool as it was set.
    function poolOf(uint8 market) external view returns (Pool memory) {
        return _pools[market];
    }

    function _checked(IUniswapV3Pool pool, address base, uint32 window) private view returns (Pool memory) {
        (address token0, address token1) = (pool.token0(), pool.token1());
        if (base != token0 && base != token1) revert BaseNotInPool(pool, base);
        ParameterRange.check("window", window, 1 minutes, 1 days);
        (, , , , uint16 cardinality, , ) = pool.slot0();
        if (cardinality < window / 12) revert CardinalityTooLow(pool, cardinality, window / 12);
        uint8 baseDecimals = IERC20Metadata(base).decimals();
        uint8 quoteDecimals = IERC20Metadata(base == token0 ? token1 : token0).decimals();
        ParameterRange.check("baseDecimals", baseDecimals, 0, 18);
        ParameterRange.check("quoteDecimals", quoteDecimals, 0, 18);
        return Pool(pool, window, base == token0, baseDecimals, quoteDecimals);
    }

    /// @param ticks sum of the tick over the window's seconds
    /// @param seconds128 sum of 2^128 / liquidity over the window's seconds
    function _reading(
        Pool memory pool,
        int256 ticks,
        uint256 seconds128
    ) private view returns (Reading memory reading) {
        if (seconds128 == 0) {
            reading.status = SourceStatus.NO_DEPTH;
            return reading;
        }
        int256 logarithm = (ticks * LN_TICK) / (int256(uint256(pool.window)) * WAD);
        if (!pool.baseIsToken0) logarithm = -logarithm;
        int256 scale = int256(uint256(pool.baseDecimals)) - int256(uint256(pool.quoteDecimals));
        reading.price = uint256(FixedPointMathLib.expWad(logarithm + scale * LN_TEN));

        uint256 liquidity = (uint256(pool.window) << 128) / seconds128;
        int256 quoteScale = 18 - int256(uint256(pool.quoteDecimals));
        uint256 perLiquidity = uint256(FixedPointMathLib.expWad(logarithm / 2 + quoteScale * LN_TEN));
        reading.depth = FixedPointMathLib.fullMulDiv(liquidity, perLiquidity, uint256(WAD));
        reading.publishedAt = block.timestamp;
    }
}
