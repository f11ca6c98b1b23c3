// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3SwapCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3SwapCallback.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";

/// @title A spot pool of any depth at a price a test sets, and the factory that knows it
/// @notice Plays the part of Uniswap for the sale of freed spot; the real pool is in the integration tests.
contract SpotPoolDouble {
    uint24 public constant fee = 500;

    TestToken private immutable QUOTE;
    TestToken private immutable BASE;

    /// @notice Quote per base, WAD.
    uint256 public price;

    constructor(TestToken quote, TestToken base) {
        (QUOTE, BASE) = (quote, base);
    }

    /// @notice Sets the price. Anyone.
    function setPrice(uint256 price_) external {
        price = price_;
    }

    /// @notice The factory's part: this is the pool of any pair.
    function getPool(address, address, uint24) external view returns (address) {
        return address(this);
    }

    /// @notice The pool's part: takes an exact amount of base and pays its worth.
    function swap(address to, bool, int256 amount, uint160, bytes calldata) external returns (int256, int256) {
        uint256 before = BASE.balanceOf(address(this));
        QUOTE.mint(to, (uint256(amount) * price) / 1e30);
        bool first = address(BASE) < address(QUOTE);
        IUniswapV3SwapCallback(to).uniswapV3SwapCallback(first ? amount : int256(0), first ? int256(0) : amount, "");
        require(BASE.balanceOf(address(this)) == before + uint256(amount), "the pool was not paid");
        return (amount, 0);
    }
}
