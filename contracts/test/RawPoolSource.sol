// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IPriceSource, Reading, SourceStatus} from "../interfaces/IPriceSource.sol";

/// @title What a Uniswap v3 pool trades at this very moment: the mistake the averaging source is there to avoid
/// @notice For runs of the lab without that defence. Price and depth are rounded down; the depth is the quote reserve in range.
contract RawPoolSource is IPriceSource {
    struct Pool {
        IUniswapV3Pool pool;
        bool baseIsToken0;
        uint8 baseDecimals;
        uint8 quoteDecimals;
    }

    uint256 private constant Q96 = 1 << 96;

    mapping(uint8 market => Pool) private _pools;

    /// @inheritdoc IPriceSource
    function read(uint8 market) external view returns (Reading memory reading) {
        Pool memory pool = _pools[market];
        if (address(pool.pool) == address(0)) {
            reading.status = SourceStatus.UNCONFIGURED;
            return reading;
        }
        (uint160 ratio, , , , , , ) = pool.pool.slot0();
        uint256 liquidity = pool.pool.liquidity();
        (uint256 base, uint256 quote) = (10 ** pool.baseDecimals, 10 ** pool.quoteDecimals);
        uint256 square = FixedPointMathLib.fullMulDiv(ratio, ratio, Q96);
        uint256 reserve;
        if (pool.baseIsToken0) {
            reading.price = FixedPointMathLib.fullMulDiv(square, base * 1e18, quote * Q96);
            reserve = FixedPointMathLib.fullMulDiv(liquidity, ratio, Q96);
        } else {
            reading.price = FixedPointMathLib.fullMulDiv(Q96, base * 1e18, square * quote);
            reserve = FixedPointMathLib.fullMulDiv(liquidity, Q96, ratio);
        }
        reading.depth = (reserve * 1e18) / quote;
        reading.publishedAt = block.timestamp;
    }

    /// @notice Sets a market's pool. Anyone: this is a test's.
    /// @param base the pool's token that is the market's base; the other one is the quote
    function setPool(uint8 market, IUniswapV3Pool pool, address base) external {
        (address token0, address token1) = (pool.token0(), pool.token1());
        address quote = base == token0 ? token1 : token0;
        _pools[market] = Pool(pool, base == token0, IERC20Metadata(base).decimals(), IERC20Metadata(quote).decimals());
    }
}
